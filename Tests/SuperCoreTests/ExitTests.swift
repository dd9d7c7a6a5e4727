import SuperBase
import SuperCore
import Testing

/// When superd goes down by itself, and with which exit code.
struct ExitTests {
    private func launched(_ exitWhen: ExitCondition, _ processes: [ProcessConfig]) -> Crew {
        var crew = Crew([])
        crew.fleet.exitWhen = exitWhen
        crew.tell(.configured(processes.map { group($0.name.group, [$0]) }, origin: 1), 0)
        crew.arrive(0)
        return crew
    }

    private func config(_ name: String, _ change: (inout ProcessConfig) -> Void = { _ in }) -> ProcessConfig {
        process(name) {
            $0.startSeconds = 0
            $0.startRetries = 0
            $0.autoRestart = .never
            change(&$0)
        }
    }

    // MARK: - Critical

    @Test(arguments: [
        (SuperBase.ExitStatus.exited(code: 0), 0), (.exited(code: 7), 7),
        (.signaled(.kill, coreDumped: false), 137),
    ])
    func superdEndsWithTheCodeOfACriticalProcess(status: SuperBase.ExitStatus, code: Int) {
        var crew = launched(.never, [config("a") { $0.isCritical = true }, config("b")])
        crew.exit("a", 5, status)
        #expect(crew.did.last == "end with \(code): a is EXITED, and it is critical")
    }

    @Test func aCriticalProcessThatIsStartedAgainEndsNothing() {
        var crew = launched(
            .never,
            [
                config("a") {
                    $0.isCritical = true
                    $0.autoRestart = .always
                }
            ])
        crew.exit("a", 5, .exited(code: 7))
        #expect(crew.did("end with") == [])
    }

    @Test func aCriticalProcessThatIsStoppedEndsNothing() {
        var crew = launched(.never, [config("a") { $0.isCritical = true }])
        crew.ask(.stop([name("a")]), 4)
        crew.exit("a", 5, .exited(code: 7))
        #expect(crew.did("end with") == [])
    }

    @Test func aFatalCriticalProcessNeverEndsSuperdWithZero() {
        for (status, code) in [(nil, 1), (.exited(code: 0), 1), (.exited(code: 5), 5)] as [(SuperBase.ExitStatus?, Int)]
        {
            var crew = Crew([
                group(
                    "a",
                    [
                        process("a") {
                            $0.isCritical = true
                            $0.startRetries = 0
                        }
                    ])
            ])
            if let status {
                crew.arrive(0)
                crew.exit("a", 0.5, status)
            } else {
                crew.tell(.spawnFailed(name("a"), generation: 1, message: "x"), 0)
            }
            #expect(crew.did.last == "end with \(code): a is FATAL, and it is critical")
        }
    }

    @Test func aCriticalProcessThatIsTriedAgainEndsNothing() {
        var crew = Crew([
            group(
                "a",
                [
                    process("a") {
                        $0.isCritical = true
                        $0.startRetries = 0
                        $0.fatalRetry = .seconds(5)
                    }
                ])
        ])
        crew.tell(.spawnFailed(name("a"), generation: 1, message: "x"), 0)
        #expect(crew.did("end with") == [])
    }

    @Test func aCriticalOneshotThatCompletesEndsNothing() {
        var crew = launched(
            .never,
            [
                config("a") {
                    $0.isCritical = true
                    $0.kind = .oneshot
                }
            ])
        crew.exit("a", 5)
        #expect(crew.state("a") == .completed)
        #expect(crew.did("end with") == [])
    }

    // MARK: - exit_when

    @Test func anyExitedIsTheFirstThatIsNotStartedAgain() {
        var crew = launched(.anyExited, [config("a") { $0.autoRestart = .always }, config("b"), config("c")])
        #expect(crew.exit("a", 1).allSatisfy { !$0.hasPrefix("end with") })
        crew.ask(.stop([name("c")]), 1)
        #expect(crew.exit("c", 2).allSatisfy { !$0.hasPrefix("end with") })
        #expect(crew.exit("b", 3, .exited(code: 4)).last == "end with 4: b is EXITED, and exit_when=any-exited")
    }

    @Test func anyFatalIsTheFirstThatIsFatal() {
        var crew = launched(.anyFatal, [config("a"), config("b") { $0.autoRestart = .always }])
        #expect(crew.exit("a", 1, .exited(code: 4)).allSatisfy { !$0.hasPrefix("end with") })
        crew.exit("b", 2)
        crew.tell(.wake, 2)
        crew.tell(.spawnFailed(name("b"), generation: crew.holder("b") ?? 0, message: "x"), 2)
        #expect(crew.did.last == "end with 1: b is FATAL, and exit_when=any-fatal")
    }

    @Test func allStoppedIsWhenNothingIsUpOrComesUp() {
        var crew = launched(.allStopped, [config("a"), config("b") { $0.kind = .oneshot }, config("c")])
        crew.exit("a", 1, .exited(code: 3))
        crew.exit("b", 2)
        #expect(crew.did("end with") == [])
        crew.ask(.stop([name("c")]), 3)
        #expect(crew.exit("c", 4).contains("end with 0: c is STOPPED, and exit_when=all-stopped"))
    }

    @Test func aRestartOfAllIsNotTheEndOfAll() {
        var crew = launched(.allStopped, [config("a"), config("b")])
        crew.ask(.restart([name("a"), name("b")]), 1)
        crew.exit("a", 2)
        crew.exit("b", 3)
        #expect(crew.did("end with") == [])
        #expect(crew.did("spawn").count == 2)
    }

    @Test func whatIsToBeTriedAgainIsNotStopped() {
        var crew = launched(.allStopped, [config("a") { $0.fatalRetry = .seconds(9) }])
        crew.ask(.restart([name("a")]), 1, wait: false)
        crew.exit("a", 1)
        crew.tell(.spawnFailed(name("a"), generation: crew.holder("a") ?? 0, message: "x"), 1)
        #expect(crew.state("a") == .fatal)
        #expect(crew.did("end with") == [])
    }

    @Test func whatStartsOnDemandIsNotOver() {
        let crew = launched(
            .allStopped,
            [
                config("a") {
                    $0.startsOnDemand = true
                    $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 1))]
                }
            ])
        #expect(crew.state("a") == .stopped)
        #expect(crew.did("end with") == [])
    }

    @Test func neverIsNever() {
        var crew = launched(.never, [config("a")])
        #expect(crew.exit("a", 1).allSatisfy { !$0.hasPrefix("end with") })
    }

    // MARK: - Once

    @Test func theEndIsAskedForOnce() {
        var crew = launched(.anyExited, [config("a"), config("b") { $0.isCritical = true }])
        #expect(crew.exit("a", 1).last?.hasPrefix("end with") == true)
        #expect(crew.exit("b", 2, .exited(code: 9)).allSatisfy { !$0.hasPrefix("end with") })
    }

    @Test func theEndIsNotAskedForOnTheWayDown() {
        var crew = launched(.anyExited, [config("a"), config("b")])
        crew.tell(.end(.shutdown), 1)
        #expect(crew.exit("a", 2).allSatisfy { !$0.hasPrefix("end with") })
        #expect(crew.exit("b", 2).last == "ended for shutdown")
    }

    @Test func aNewConfigurationMayAskAgain() {
        var crew = launched(.anyExited, [config("a")])
        crew.exit("a", 1)
        crew.tell(.end(.restart), 2)
        crew.tell(.configured([group("a", [config("a")])], origin: 2), 3)
        crew.arrive(3)
        #expect(crew.exit("a", 4).last?.hasPrefix("end with") == true)
    }

    @Test func aCriticalProcessThatIsBeingReplacedEndsNothing() {
        var crew = launched(
            .never,
            [
                config("a") {
                    $0.isCritical = true
                    $0.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 1))]
                }
            ])
        crew.ask(.roll([name("a")], RollOptions()), 1)
        crew.arrive(1)
        #expect(crew.end("a", 1, 2).allSatisfy { !$0.hasPrefix("end with") })
        #expect(crew.state("a") == .running)
    }
}
