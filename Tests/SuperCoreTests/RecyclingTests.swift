import SuperBase
import SuperCore
import Testing

/// Processes that are replaced although they are well.
struct RecyclingTests {
    private func crew(_ count: Int = 1, _ change: (inout ProcessConfig) -> Void) -> Crew {
        .running([
            group(
                "web",
                (0..<count).map { index in
                    process("w\(index)", in: "web") { config in
                        config.program = "web"
                        config.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 80))]
                        change(&config)
                    }
                })
        ])
    }

    // MARK: - When

    @Test(arguments: [(0.0, 100.0), (0.5, 90.0), (0.999, 80.02)])
    func aLifetimeIsShortenedByChanceAtMostByItsShare(draw: Double, end: Double) {
        var bench = Bench {
            $0.recycling.maxLifetime = .seconds(100)
            $0.recycling.jitter = 20
        }
        bench.launch(1, 0)
        bench.tell(.wake(generation: 2), 1, draw: draw)
        #expect(abs(((bench.machine.deadline ?? at(0)) - at(end)) / .seconds(1)) < 0.001)
    }

    @Test func aLifetimeThatIsOverAsksForAReplacementOnce() {
        var bench = Bench.running { $0.recycling.maxLifetime = .seconds(100) }
        #expect(
            bench.tell(.wake(generation: 2), 100) == [
                "INFO recycling: web: it has run for 100 s (max_lifetime)",
                "recycle: it has run for 100 s (max_lifetime)",
            ])
        #expect(bench.machine.watch?.recycling == "it has run for 100 s (max_lifetime)")
        #expect(bench.machine.isServing)
        #expect(bench.machine.deadline == nil)
    }

    @Test func theMemoryIsMeasuredEveryTenSeconds() {
        var bench = Bench.running {
            $0.recycling.maxMemory = .mebibytes(100)
            $0.recycling.jitter = 0
        }
        #expect(bench.machine.deadline == at(11))
        #expect(bench.tell(.wake(generation: 2), 11) == ["measure 1"])
        #expect(bench.tell(.measured(generation: 1, ByteSize(bytes: 100 << 20 - 1)), 11) == [])
        #expect(bench.machine.deadline == at(21))
        bench.tell(.wake(generation: 2), 21)
        #expect(
            bench.tell(.measured(generation: 1, .mebibytes(100)), 21).last == "recycle: it uses 100 MiB (max_memory)")
        #expect(bench.tell(.measured(generation: 1, .mebibytes(200)), 22) == [], "once")
    }

    @Test func theMemoryOfAnotherGenerationMeansNothing() {
        var bench = Bench.running { $0.recycling.maxMemory = .mebibytes(100) }
        #expect(bench.tell(.measured(generation: 7, .mebibytes(900)), 5) == [])
    }

    @Test func theMemoryLimitIsLoweredByChance() {
        var bench = Bench {
            $0.recycling.maxMemory = .mebibytes(100)
            $0.recycling.jitter = 50
        }
        bench.launch(1, 0)
        bench.tell(.wake(generation: 2), 1, draw: 0.8)
        #expect(bench.tell(.measured(generation: 1, .mebibytes(59)), 2) == [])
        #expect(bench.tell(.measured(generation: 1, .mebibytes(61)), 3).last == "recycle: it uses 61 MiB (max_memory)")
    }

    @Test func chanceIsAskedOnlyForJitter() {
        for jitter in [0, 30] {
            var draws = 0
            var bench = Bench {
                $0.recycling.maxMemory = .mebibytes(100)
                $0.recycling.maxLifetime = .seconds(5)
                $0.recycling.jitter = jitter
            }
            bench.launch(1, 0)
            _ = bench.machine.handle(.wake(generation: 2), at: at(1)) {
                draws += 1
                return 0
            }
            #expect(draws == (jitter == 0 ? 0 : 2))
        }
    }

    // MARK: - How

    @Test func aRollingProcessIsReplacedWhileItServes() {
        var crew = crew { $0.recycling.maxLifetime = .seconds(100) }
        crew.tell(.wake, 100)
        #expect(crew.did("spawn") == ["spawn web:w0 (new) 3"])
        #expect(crew.did("SIG") == [])
        crew.arrive(101)
        #expect(crew.did("SIG") == ["SIGTERM to web:w0 (old) 1"])
        crew.end("web:w0", 1, 102)
        #expect(crew.holder("web:w0") == 3)
        #expect(crew.fleet.others(of: name("web:w0")).isEmpty)
    }

    /// Three that grow too old at 100 s, replaced one or more at a time.
    private func old(_ batch: Int) -> Crew {
        var crew = crew(3) {
            $0.recycling.maxLifetime = .seconds(100)
            $0.recycling.jitter = 0
            $0.rolling.batch = batch
        }
        crew.tell(.wake, 100)
        return crew
    }

    @Test func thoseThatAreOldAtOnceAreReplacedSoManyAtATime() {
        var crew = old(1)
        #expect(crew.did("spawn").map { $0.prefix(18) } == ["spawn web:w0 (new)"])
        crew.arrive(101)
        crew.end("web:w0", 1, 102)
        #expect(crew.did("spawn").map { $0.prefix(18) } == ["spawn web:w1 (new)"])
        #expect(old(2).did("spawn").count == 2)
    }

    @Test func thoseThatComeToNothingTogetherAreTriedAgainAMinuteLater() {
        var crew = old(2)
        crew.tell(.spawnFailed(name("web:w0"), generation: crew.successor("web:w0") ?? 0, message: "x"), 110)
        crew.tell(.spawnFailed(name("web:w1"), generation: crew.retiring("web:w1").first ?? 0, message: "x"), 110)
        #expect(crew.fleet.deadline == at(170))
        crew.tell(.wake, 170)
        #expect(crew.did("spawn").count == 2)
    }

    @Test func programsAreRecycledApart() {
        func config(_ name: String) -> GroupConfig {
            group(
                name,
                [
                    process(name) {
                        $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 80))]
                        $0.recycling.maxLifetime = .seconds(100)
                        $0.recycling.jitter = 0
                    }
                ])
        }
        var crew = Crew.running([config("a"), config("b")])
        crew.tell(.wake, 100)
        #expect(crew.did("spawn").count == 2)
    }

    @Test func anotherProcessIsStoppedAndStartedAgain() {
        var crew = crew {
            $0.recycling.maxLifetime = .seconds(100)
            $0.rolling.mode = .stopFirst
        }
        crew.tell(.wake, 100)
        #expect(
            crew.did.suffix(3) == [
                "INFO recycling: w0 is stopped and started again: it has run for 100 s (max_lifetime)",
                "web:w0 RUNNING → STOPPING (pid 41)", "SIGTERM to web:w0 1",
            ])
        crew.exit("web:w0", 101)
        #expect(crew.did("spawn") == ["spawn web:w0 3"])
    }

    @Test func aReplacementThatFailsIsTriedAgainAMinuteLater() {
        var crew = crew {
            $0.recycling.maxLifetime = .seconds(100)
            $0.recycling.jitter = 0
        }
        crew.tell(.wake, 100)
        crew.tell(.spawnFailed(name("web:w0"), generation: 3, message: "no memory"), 100)
        #expect(crew.state("web:w0") == .running)
        #expect(crew.fleet.others(of: name("web:w0")).isEmpty)
        #expect(crew.fleet.deadline == at(160))
        crew.tell(.wake, 160)
        #expect(crew.did("spawn").count == 1)
    }

    @Test func aReplacementForItsMemoryThatFailsIsTriedAgainAMinuteLater() {
        var crew = crew { $0.recycling.maxMemory = .mebibytes(1) }
        crew.tell(.measured(name("web:w0"), generation: 1, .mebibytes(9)), 5)
        crew.tell(.spawnFailed(name("web:w0"), generation: crew.successor("web:w0") ?? 0, message: "no memory"), 5)
        #expect(crew.fleet.deadline == at(65))
        #expect(crew.tell(.wake, 65) == ["measure web:w0 1"])
        crew.tell(.measured(name("web:w0"), generation: 1, .mebibytes(9)), 65)
        #expect(crew.did("spawn").count == 1)
    }

    @Test func aProcessThatIsReplacedMeanwhileIsNotReplacedAgain() {
        var crew = crew { $0.recycling.maxLifetime = .seconds(100) }
        crew.ask(.roll([name("web:w0")], RollOptions()), 99.9)
        crew.tell(.wake, 100)
        crew.arrive(101)
        crew.end("web:w0", 1, 102)
        #expect(crew.did("spawn") == [])
        #expect(crew.successor("web:w0") == nil)
        #expect(crew.holder("web:w0") == 2)
    }

    @Test func nobodyIsRecycledOnTheWayDown() {
        var crew = crew { $0.recycling.maxLifetime = .seconds(100) }
        crew.tell(.end(.shutdown), 99)
        crew.tell(.wake, 100)
        #expect(crew.did("spawn") == [])
    }

    @Test func aNewBrainFindsAnOldProcessOldAgain() {
        var crew = crew {
            $0.recycling.maxLifetime = .seconds(100)
            $0.recycling.jitter = 0
        }
        crew.tell(.wake, 100)
        #expect(crew.fleet.unfinished == Fleet().unfinished)
        var bench = Bench.running {
            $0.recycling.maxLifetime = .seconds(100)
            $0.recycling.jitter = 0
        }
        bench.tell(.wake(generation: 2), 100)
        bench.tell(.takenOver, 130)
        #expect(bench.machine.deadline == at(130))
        #expect(bench.tell(.wake(generation: 2), 130).last?.hasPrefix("recycle:") == true)
    }
}
