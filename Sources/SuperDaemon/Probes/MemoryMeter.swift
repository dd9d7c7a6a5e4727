import SuperBase
import SuperOS

/// Measures the memory of processes with all their descendants, on a thread of its own: a process of a gibibyte may take 30 ms.
///
/// It belongs to the loop of its reactor, like everything but the thread. One measurement is under way at a time.
final class MemoryMeter {
    /// A run of a process, by its generation, and its pid.
    struct Subject: Sendable, Hashable {
        var generation: UInt64
        var pid: Int32
    }

    /// What a run takes.
    struct Measurement: Sendable, Hashable {
        var generation: UInt64
        /// The proportional set size of the process and all its descendants.
        var size: ByteSize
    }

    private let errands: Errands<[Measurement]>
    private let completion: ([Measurement]) -> Void
    /// From the order to the moment before `completion` is called.
    private(set) var isMeasuring = false

    /// `completion` is called in a turn of the reactor, once for each measurement that has begun.
    ///
    /// Runs whose process was not there any more are left out. A pid may have passed to another process while the measurement was under
    /// way: the result says something of a run that has not ended by the time it comes, and of no other.
    init(reactor: Reactor, completion: @escaping ([Measurement]) -> Void) throws(SystemError) {
        errands = try Errands("superd-memory", threads: 1)
        self.completion = completion
        _ = try reactor.watch(errands.signal.descriptor, .readable, rank: .notice) { [weak self] _ in self?.report() }
    }

    /// Begins to measure. False, with nothing done, while the last measurement is under way.
    func measure(_ subjects: [Subject]) throws(SystemError) -> Bool {
        guard !isMeasuring else { return false }
        try errands.run {
            // Without /proc nothing can be measured, and nobody is over a limit.
            guard let sizes = try? ProcessTree.memory(of: subjects.map(\.pid)) else { return [] }
            return subjects.compactMap { subject in
                sizes[subject.pid].map { Measurement(generation: subject.generation, size: $0) }
            }
        }
        isMeasuring = true
        return true
    }

    private func report() {
        for measurements in errands.takeAnswers() {
            isMeasuring = false
            completion(measurements)
        }
    }
}
