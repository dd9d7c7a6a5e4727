import SuperBase
import SuperCore
import Testing

/// Stopping in several steps, by a command, and after a hook.
struct StopSequenceTests {
    private let kill = ["WARN killing 'web' (41) with SIGKILL", "SIGKILL to 1"]

    @Test func eachStepHasItsTimeAndSigkillComesLast() {
        var bench = Bench.running {
            $0.stopSequence = [StopStep(.interrupt, wait: .seconds(2)), StopStep(.terminate, wait: .seconds(5))]
            $0.stopAsGroup = true
        }
        #expect(bench.tell(.stop(reports: false), 10).last == "SIGINT to group of 1")
        #expect(bench.tell(.wake(generation: 2), 11.9) == [])
        #expect(bench.tell(.wake(generation: 2), 12) == ["SIGTERM to group of 1"])
        #expect(bench.tell(.wake(generation: 2), 16.9) == [])
        #expect(bench.tell(.wake(generation: 2), 17) == kill)
        #expect(bench.exit(1, .exited(code: 0), 17.5).last == "STOPPING → STOPPED (pid 41)")
    }

    @Test func aSequenceThatNamesSigkillEndsWithIt() {
        var bench = Bench.running {
            $0.stopSequence = [
                StopStep(.interrupt, wait: .seconds(2)), StopStep(.kill, wait: .zero),
                StopStep(.terminate, wait: .zero),
            ]
        }
        bench.tell(.stop(reports: false), 10)
        #expect(bench.tell(.wake(generation: 2), 12) == kill)
        #expect(bench.machine.deadline == at(22), "and again after stopwaitsecs")
    }

    @Test func aSequenceOfSigkillAloneKillsAtOnce() {
        var bench = Bench.running { $0.stopSequence = [StopStep(.kill, wait: .seconds(3))] }
        #expect(bench.tell(.stop(reports: false), 10) == [kill[0], "RUNNING → STOPPING (pid 41)", kill[1]])
    }

    @Test func theStopCommandTakesThePlaceOfTheFirstSignal() {
        var bench = Bench.running {
            $0.stopCommand = "/bin/drain"
            $0.stopSequence = [StopStep(.interrupt, wait: .seconds(2)), StopStep(.terminate, wait: .seconds(5))]
        }
        #expect(
            bench.tell(.stop(reports: false), 10) == ["RUNNING → STOPPING (pid 41)", "stop command of 1"])
        #expect(bench.tell(.wake(generation: 2), 12) == ["SIGTERM to 1"])
    }

    @Test func theStopCommandHasTheTimeOfTheStopSignal() {
        var bench = Bench.running {
            $0.stopCommand = "/bin/drain"
            $0.stopWaitSeconds = 4
        }
        #expect(bench.tell(.stop(reports: false), 10).last == "stop command of 1")
        #expect(bench.tell(.wake(generation: 2), 14) == kill)
    }

    @Test func aStepThatTheLastBrainDidNotTakeIsTakenAgain() {
        var bench = Bench.running {
            $0.stopSequence = [StopStep(.interrupt, wait: .seconds(2)), StopStep(.terminate, wait: .seconds(5))]
        }
        bench.tell(.stop(reports: false), 10)
        bench.tell(.wake(generation: 2), 12)
        #expect(bench.tell(.stopSignalLost, 13) == ["SIGTERM to 1"])
        #expect(bench.machine.deadline == at(18))
    }

    // MARK: - The hook before

    private func withHook(_ change: (inout ProcessConfig) -> Void = { _ in }) -> Bench {
        .running {
            $0.hooks.commands = [.preStop: "/bin/drain"]
            $0.hooks.timeout = .seconds(8)
            change(&$0)
        }
    }

    @Test(arguments: [nil, "exit status 1"] as [String?])
    func theStopSignalWaitsForTheEndOfTheHookWhateverItIs(failure: String?) {
        var bench = withHook()
        #expect(bench.tell(.stop(reports: false), 10) == ["RUNNING → STOPPING (pid 41)", "pre_stop of 1"])
        #expect(bench.machine.deadline == at(18))
        #expect(bench.tell(.hookEnded(.preStop, generation: 1, failure: failure), 12) == ["SIGTERM to 1"])
        #expect(bench.machine.deadline == at(22))
        #expect(bench.tell(.hookEnded(.preStop, generation: 1, failure: nil), 13) == [])
    }

    @Test func aHookThatTakesTooLongIsNotWaitedFor() {
        var bench = withHook()
        bench.tell(.stop(reports: false), 10)
        #expect(
            bench.tell(.wake(generation: 2), 18) == ["WARN pre_stop of web has no end within 8 s", "SIGTERM to 1"])
    }

    @Test func anEndDuringTheHookIsTheEnd() {
        var bench = withHook()
        bench.tell(.stop(reports: false), 10)
        #expect(bench.exit(1, .exited(code: 0), 11).last == "STOPPING → STOPPED (pid 41)")
        #expect(bench.tell(.hookEnded(.preStop, generation: 1, failure: nil), 12) == [])
    }

    @Test func anUnhealthyProcessIsStoppedWithoutTheHook() {
        var bench = withHook {
            $0.health.check = .heartbeat
            $0.startSeconds = 0
        }
        #expect(bench.tell(.wake(generation: 2), 10).last == "SIGKILL to 1")
    }

    @Test func aHookThatTheLastBrainBeganIsNotWaitedFor() {
        var bench = withHook()
        bench.tell(.stop(reports: true), 10)
        #expect(bench.tell(.stopSignalLost, 11) == [])
        #expect(bench.tell(.takenOver, 11) == ["SIGTERM to 1"])
        #expect(bench.machine.deadline == at(12), "the report goes on")
    }
}
