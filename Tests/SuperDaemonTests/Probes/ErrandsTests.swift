import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

@Suite struct ErrandsTests {
    /// Takes answers until there are so many.
    private func answers(of errands: Errands<Int>, count: Int) throws -> [Int] {
        var answers: [Int] = []
        while answers.count < count {
            try #require(
                try errands.signal.descriptor.wait(for: .readable, until: Clock.now() + patience), "no answer")
            answers += errands.takeAnswers()
        }
        return answers
    }

    @Test func allWorkIsDoneByAFewThreads() throws {
        let errands = try Errands<Int>("errand", threads: 3)
        let gate = try Pipe()
        for number in 0..<50 {
            try errands.run {
                // Every thread stands here until the gate is open.
                _ = try? gate.readEnd.wait(for: .readable, until: Clock.now() + patience)
                return number
            }
        }
        #expect(errands.takeAnswers() == [])
        // A thread takes its name when it begins.
        try wait("three threads") { try threadCount(named: "errand") == 3 }
        try gate.writeEnd.writeAll([1])
        #expect(try answers(of: errands, count: 50).sorted() == Array(0..<50))
        try wait("the end of the threads") { try threadCount(named: "errand") == 0 }
        try errands.run { 99 }
        #expect(try answers(of: errands, count: 1) == [99])
    }

    @Test func moreThanTooMuchIsRefused() throws {
        let errands = try Errands<Int>("full errand", threads: 1)
        let gate = try Pipe()
        let work: @Sendable () -> Int = {
            _ = try? gate.readEnd.wait(for: .readable, until: Clock.now() + patience)
            return 1
        }
        for _ in 0..<257 { try errands.run(work) }
        #expect(throws: SystemError.self) { try errands.run(work) }
        try gate.writeEnd.writeAll([1])
        #expect(try answers(of: errands, count: 257).count == 257)
    }

    private func threadCount(named name: String) throws -> Int {
        try FileSystem.list("/proc/self/task").count { thread in
            (try? FileSystem.read("/proc/self/task/\(thread)/comm")) == Array("\(name)\n".utf8)
        }
    }
}
