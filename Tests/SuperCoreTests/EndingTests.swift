import SuperBase
import SuperCore
import Testing

/// What a process that was RUNNING does when it ends by itself.
struct EndingTests {
    @Test func anExpectedExitIsInformation() {
        var bench = Bench.running { $0.exitCodes = [0, 2] }
        #expect(
            bench.exit(1, .exited(code: 2), 5) == [
                "INFO exited: web (exit status 2; expected)", "RUNNING → EXITED (pid 41, expected)",
            ])
        #expect(bench.machine.spawnError == "")
        #expect(bench.machine.lastExit == .exited(code: 2))
    }

    @Test func anUnexpectedExitIsAWarning() {
        var bench = Bench.running()
        #expect(
            bench.exit(1, .exited(code: 1), 5) == [
                "WARN exited: web (exit status 1; not expected)", "RUNNING → EXITED (pid 41, not expected)",
            ])
        #expect(bench.machine.spawnError == "Bad exit code 1")
    }

    @Test func aDeathBySignalIsNeverExpected() {
        var bench = Bench.running()
        bench.exit(1, .signaled(Signal(rawValue: 11), coreDumped: true), 5)
        #expect(
            bench.did == [
                "WARN exited: web (terminated by SIGSEGV (core dumped); not expected)",
                "RUNNING → EXITED (pid 41, not expected)",
            ])
        #expect(bench.machine.spawnError == "Bad exit code -1")
    }

    @Test(
        arguments: [
            (AutoRestart.always, 0, true), (.always, 1, true), (.unexpected, 0, false), (.unexpected, 1, true),
            (.never, 0, false), (.never, 1, false),
        ] as [(AutoRestart, Int32, Bool)])
    func autorestartDecidesWhoComesBack(policy: AutoRestart, code: Int32, comesBack: Bool) {
        var bench = Bench.running { $0.autoRestart = policy }
        bench.exit(1, .exited(code: code), 5)
        #expect(bench.state == .exited)
        #expect(bench.machine.deadline == (comesBack ? at(5) : nil))
        let did = bench.tell(.wake(generation: 3), 5)
        #expect(did == (comesBack ? ["EXITED → STARTING (tries 0)", "spawn 3"] : []))
    }

    @Test func aDeathBySignalIsRestartedWhenUnexpected() {
        var bench = Bench.running { $0.exitCodes = [] }
        bench.exit(1, .signaled(.kill, coreDumped: false), 5)
        #expect(bench.machine.deadline == at(5))
    }

    @Test func theRestartDelayIsKept() {
        var bench = Bench.running {
            $0.autoRestart = .always
            $0.restartDelay = .seconds(3)
        }
        bench.exit(1, .exited(code: 0), 100)
        #expect(bench.machine.deadline == at(103))
        #expect(bench.tell(.wake(generation: 3), 102.9) == [])
        #expect(bench.tell(.wake(generation: 4), 103) == ["EXITED → STARTING (tries 0)", "spawn 4"])
    }

    @Test func theRestartDelayDoublesWithShortRunsUpToTheMaximum() {
        var bench = Bench {
            $0.autoRestart = .always
            $0.startSeconds = 0
            $0.restartDelay = .seconds(1)
            $0.restartDelayMax = .seconds(10)
        }
        var now = 0.0
        bench.launch(1, now)
        for (index, delay) in [1.0, 2, 4, 8, 10, 10].enumerated() {
            now += 9.9
            bench.exit(UInt64(index + 1), .exited(code: 0), now)
            #expect(bench.machine.deadline == at(now + delay))
            now += delay
            bench.tell(.wake(generation: UInt64(index + 2)), now)
            bench.arrive(UInt64(index + 2), now)
        }
        // A run of ten seconds and more is not short: the delay begins anew.
        bench.exit(7, .exited(code: 0), now + 10)
        #expect(bench.machine.deadline == at(now + 11))
    }

    @Test func withoutAMaximumTheRestartDelayStays() {
        var bench = Bench {
            $0.autoRestart = .always
            $0.startSeconds = 0
            $0.restartDelay = .seconds(1)
        }
        bench.launch(1, 0)
        for generation in 1...4 as ClosedRange<UInt64> {
            let now = Double(generation * 10)
            bench.exit(generation, .exited(code: 0), now)
            #expect(bench.machine.deadline == at(now + 1))
            bench.tell(.wake(generation: generation + 1), now + 1)
            bench.arrive(generation + 1, now + 1)
        }
    }

    @Test(arguments: [(0.0, 8.0), (0.5, 7.0), (0.999, 6.002)])
    func jitterTakesAwayAtMostItsShare(draw: Double, delay: Double) {
        var bench = Bench.running {
            $0.autoRestart = .always
            $0.restartDelay = .seconds(8)
            $0.restartJitter = 25
        }
        bench.exit(1, .exited(code: 0), 50, draw: draw)
        let waits = (bench.machine.deadline ?? at(0)) - at(50)
        #expect(waits >= .milliseconds(Int(delay * 1000) - 1) && waits <= .milliseconds(Int(delay * 1000) + 1))
    }

    @Test func chanceIsAskedOnlyForJitter() {
        for jitter in [0, 30] {
            var draws = 0
            var machine = Bench.running {
                $0.autoRestart = .always
                $0.restartDelay = .seconds(8)
                $0.restartJitter = jitter
            }.machine
            _ = machine.handle(.exited(generation: 1, status: .exited(code: 0), at: at(5)), at: at(5)) {
                draws += 1
                return 0
            }
            #expect(draws == (jitter == 0 ? 0 : 1))
        }
    }

    @Test func hugeDelaysDoNotOverflow() {
        var bench = Bench.running {
            $0.autoRestart = .always
            $0.restartDelay = .seconds(Int64.max / 2)
            $0.restartDelayMax = .seconds(Int64.max)
        }
        bench.exit(1, .exited(code: 0), 5)
        #expect(bench.machine.deadline == Instant(nanoseconds: .max))
    }
}
