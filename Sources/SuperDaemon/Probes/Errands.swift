import SuperOS
import Synchronization

/// Does work that may take long on threads of its own, and brings the answers to the loop.
///
/// A thread lives for as long as there is work, and there are up to `threads` of them: when nothing is to be done, nothing is there but an
/// event descriptor. Whoever has no use for an answer any more passes it over when it comes; work that has begun cannot be ended.
final class Errands<Answer: Sendable>: Sendable {
    private struct Desk {
        var threads = 0
        var waiting: [@Sendable () -> Answer] = []
        var answers: [Answer] = []
    }

    /// Ready when there are answers.
    let signal: EventDescriptor
    private let name: String
    private let threads: Int
    private let desk = Mutex(Desk())

    /// The most work that waits for a thread.
    private static var backlog: Int { 256 }

    /// `name` is what `ps -L` shows of the threads.
    init(_ name: String, threads: Int) throws(SystemError) {
        self.name = name
        self.threads = threads
        signal = try EventDescriptor()
    }

    /// Has work done. Throws where no thread can be started or too much waits already; then there will be no answer.
    func run(_ work: @escaping @Sendable () -> Answer) throws(SystemError) {
        let (needsThread, isFull) = desk.withLock { desk in
            if desk.threads < threads {
                desk.threads += 1
                return (true, false)
            }
            guard desk.waiting.count < Self.backlog else { return (false, true) }
            desk.waiting.append(work)
            return (false, false)
        }
        if isFull { throw SystemError("starting", "a further \(name)", errno: .again, reason: "too many wait already") }
        guard needsThread else { return }
        do {
            try startThread(named: name) { [self] in
                var next = work
                while let work = finish(next()) { next = work }
            }
        } catch {
            desk.withLock { $0.threads -= 1 }
            throw error
        }
    }

    /// Hands an answer in and takes the next work; without any the thread is over.
    private func finish(_ answer: Answer) -> (@Sendable () -> Answer)? {
        defer { signal.signal() }
        return desk.withLock { desk in
            desk.answers.append(answer)
            if desk.waiting.isEmpty {
                desk.threads -= 1
                return nil
            }
            return desk.waiting.removeFirst()
        }
    }

    /// The answers that have come since the last call, in the order in which they came.
    func takeAnswers() -> [Answer] {
        signal.drain()
        return desk.withLock { desk in
            defer { desk.answers = [] }
            return desk.answers
        }
    }
}
