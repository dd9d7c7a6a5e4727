import SuperBase
import SuperCore
import Testing

/// The record of a process says all that a new brain must know.
struct RecordTests {
    /// One machine in each state, with and without what may be absent.
    private static var machines: [ProcessMachine] {
        var all: [ProcessMachine] = []
        var bench = Bench()
        func keep() { all.append(bench.machine) }
        keep()
        bench.tell(.start(generation: 1), 1)
        keep()
        bench.tell(.stop(reports: true), 1)
        keep()
        bench.tell(.restart(reports: true), 1)
        keep()
        bench.arrive(1, 2)
        keep()
        bench.exit(1, .signaled(.abort, coreDumped: true), 3)
        bench.tell(.start(generation: 2), 4)
        bench.arrive(2, 4)
        keep()
        bench.tell(.wake(generation: 3), 6)
        keep()
        bench.tell(.stop(reports: true), 7)
        keep()
        bench.exit(2, .exited(code: 3), 8)
        bench.tell(.start(generation: .max), 9)
        bench.tell(.spawnFailed(generation: .max, message: "can't find command 'größer'"), 9)
        keep()
        var quiet = Bench.running { $0.restartDelay = .seconds(5) }
        quiet.tell(.stop(reports: false), 7)
        all.append(quiet.machine)
        quiet = Bench.running { $0.autoRestart = .never }
        quiet.exit(1, .exited(code: 255), 9)
        all.append(quiet.machine)
        quiet = Bench.running { $0.restartDelay = .seconds(5) }
        quiet.exit(1, .exited(code: 1), 9)
        all.append(quiet.machine)
        quiet = Bench { $0.startRetries = 0 }
        quiet.tell(.start(generation: 1), 1)
        quiet.tell(.spawnFailed(generation: 1, message: ""), 1)
        all.append(quiet.machine)
        return all
    }

    @Test func theMachinesOfTheseTestsAreInEveryState() {
        let states = Set(RecordTests.machines.map(\.processState))
        #expect(states == Set(ProcessState.allCases).subtracting([.unknown]))
    }

    @Test func everyMachineComesBackFromItsRecord() throws {
        for machine in RecordTests.machines {
            #expect(try ProcessMachine(config: machine.config, record: machine.record) == machine)
        }
    }

    @Test func everyMachineOfARandomWalkComesBackFromItsRecord() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var walk = RandomWalk(seed: seed, length: 100).world
            for machine in walk.fleet.machines.values {
                #expect(try ProcessMachine(config: machine.config, record: machine.record) == machine)
            }
            walk.crash()
            #expect(walk.problems == [])
        }
    }

    @Test func aRecordCutShortIsRefused() {
        for machine in RecordTests.machines {
            let record = machine.record
            for length in record.indices {
                #expect(throws: MalformedBytes.self) {
                    try ProcessMachine(config: machine.config, record: Array(record[..<length]))
                }
            }
        }
    }

    @Test func aRecordWithBytesBehindItIsRefused() {
        for machine in RecordTests.machines {
            #expect(throws: MalformedBytes.self) {
                try ProcessMachine(config: machine.config, record: machine.record + [0])
            }
        }
    }

    @Test func aRecordOfAnotherVersionOrStateIsRefused() {
        for machine in RecordTests.machines {
            for (place, bytes) in [(0, [0, 2, 255]), (1, [8, 255])] as [(Int, [UInt8])] {
                for byte in bytes {
                    var record = machine.record
                    record[place] = byte
                    #expect(throws: MalformedBytes.self) {
                        try ProcessMachine(config: machine.config, record: record)
                    }
                }
            }
        }
    }

    @Test func noBytesTrap() {
        var dice = Dice(seed: 7)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = dice.chance(percent: 50) ? dice.pick(RecordTests.corpus) : []
            if bytes.isEmpty {
                bytes = [1] + (0..<dice.roll(80)).map { _ in UInt8(dice.roll(256)) }
            } else {
                for _ in 0...dice.roll(3) { bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256)) }
            }
            guard let machine = try? ProcessMachine(config: process(), record: bytes) else { continue }
            read += 1
            // Whatever was read can be written again, and its deadline computed.
            _ = machine.deadline
            #expect((try? ProcessMachine(config: process(), record: machine.record)) == machine)
        }
        #expect(read > 0)
    }

    private static let corpus = machines.map(\.record)
}
