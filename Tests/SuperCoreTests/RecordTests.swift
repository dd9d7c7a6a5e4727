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
        return all + newMachines
    }

    /// Those in states and with texts that Supervisor does not know.
    private static var newMachines: [ProcessMachine] {
        var all: [ProcessMachine] = []
        var bench = Bench()
        bench.tell(.hold("waiting for db to be ready"), 1)
        all.append(bench.machine)
        bench = Bench {
            $0.fatalRetry = .seconds(60)
            $0.startRetries = 0
            $0.hooks.commands = [.preStart: "prepare"]
        }
        bench.tell(.start(generation: 1), 1)
        all.append(bench.machine)
        bench.tell(.stop(reports: false), 1)
        all.append(bench.machine)
        bench.tell(.hookEnded(.preStart, generation: 1, failure: nil), 2)
        bench.tell(.start(generation: 2), 2)
        bench.tell(.hookEnded(.preStart, generation: 2, failure: "exit status 1"), 3)
        all.append(bench.machine)
        bench = Bench { $0.kind = .oneshot }
        bench.launch(1, 0)
        bench.exit(1, .exited(code: 0), 5)
        all.append(bench.machine)
        bench = Bench.running {
            $0.autoRestart = .always
            $0.restartLimit = RestartLimit(count: 3, window: .seconds(60))
            $0.hooks.commands = [.preStop: "drain"]
            $0.stopSequence = [StopStep(.interrupt, wait: .seconds(1)), StopStep(.terminate, wait: .seconds(1))]
        }
        bench.exit(1, .exited(code: 0), 5)
        bench.tell(.wake(generation: 2), 5)
        bench.arrive(2, 5)
        var notice = Notice()
        notice.status = "zwölf Anfragen"
        bench.tell(.notified(generation: 2, notice), 5.5)
        bench.tell(.wake(generation: 3), 6)
        bench.tell(.stop(reports: true), 7)
        all.append(bench.machine)
        bench.tell(.hookEnded(.preStop, generation: 2, failure: nil), 8)
        bench.tell(.wake(generation: 4), 9)
        all.append(bench.machine)
        bench.tell(.wake(generation: 5), 10)
        all.append(bench.machine)
        return all + troubledMachines
    }

    /// Those that are not ready in time, or not well.
    private static var troubledMachines: [ProcessMachine] {
        var all: [ProcessMachine] = []
        var bench = Bench { $0.readiness = .notify }
        bench.launch(1, 0)
        bench.tell(.wake(generation: 2), 60)
        all.append(bench.machine)
        bench = Bench {
            $0.startSeconds = 0
            $0.health.check = .heartbeat
            $0.health.dumpSignal = .abort
        }
        bench.launch(1, 0)
        bench.tell(.wake(generation: 2), 10)
        all.append(bench.machine)
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
                let read = try ProcessMachine(config: machine.config, record: machine.record)
                #expect(read.record == machine.record)
            }
            if walk.phase != .over { walk.crash() }
            #expect(walk.problems == [])
        }
    }

    @Test func theVerdictOnARunningProcessIsInItsRecord() throws {
        var bench = Bench {
            $0.startSeconds = 0
            $0.health.check = .probe(.tcp(host: "127.0.0.1", port: 80))
            $0.health.failures = 2
            $0.health.action = .report
        }
        bench.launch(1, 0)
        for (failure, seconds) in [(nil, 0), ("refused", 10), ("refused", 20)] as [(String?, Double)] {
            bench.tell(.wake(generation: 2), seconds)
            bench.tell(.probed(generation: 1, failure: failure), seconds)
            let read = try ProcessMachine(config: bench.machine.config, record: bench.machine.record)
            #expect(read.watch?.verdict == bench.machine.watch?.verdict)
        }
        #expect(bench.machine.watch?.verdict == .unhealthy("refused"))
    }

    @Test func aRecordNamesItsOrigin() throws {
        let machine = ProcessMachine(config: process(), origin: 77)
        #expect(try ProcessMachine.origin(ofRecord: machine.record) == 77)
        #expect(try ProcessMachine(config: process(), record: machine.record).origin == 77)
        #expect(throws: MalformedBytes.self) { try ProcessMachine.origin(ofRecord: [1, 2, 3]) }
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
            for (place, bytes) in [(0, [0, 1, 3, 255]), (9, [11, 255])] as [(Int, [UInt8])] {
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
                bytes = [2] + (0..<dice.roll(80)).map { _ in UInt8(dice.roll(256)) }
            } else {
                for _ in 0...dice.roll(3) { bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256)) }
            }
            guard let machine = try? ProcessMachine(config: process(), record: bytes) else { continue }
            read += 1
            // Whatever was read can be written again, its deadline computed, and the machine woken then.
            var woken = machine
            if let deadline = machine.deadline { _ = woken.handle(.wake(generation: 1), at: deadline) }
            #expect((try? ProcessMachine(config: process(), record: machine.record)) == machine)
        }
        #expect(read > 0)
    }

    private static let corpus = machines.map(\.record)
}
