import SuperBase
import SuperCore
import Testing

/// The end of superd where processes depend on each other.
struct DependencyOrderTests {
    private func config(_ name: String, _ needs: String...) -> ProcessConfig {
        process(name) {
            $0.startSeconds = 0
            $0.dependencies = needs.map { Dependency($0) }
        }
    }

    /// All of these are RUNNING.
    private func running(_ processes: [ProcessConfig]) -> Crew {
        var crew = Crew(processes.map { group($0.name.group, [$0]) })
        for _ in processes { crew.arrive(0) }
        #expect(crew.fleet.names.allSatisfy { crew.fleet[$0]?.processState == .running })
        return crew
    }

    @Test func whoDependsOnSomebodyStopsBeforeAndOthersStopTogether() {
        var crew = running([
            config("web", "app"), config("app", "db", "cache"), config("db"), config("cache"), config("alone"),
        ])
        #expect(crew.tell(.end(.shutdown), 1).filter { $0.hasPrefix("SIG") }.count == 2)
        #expect(Set(crew.did("SIGTERM").map { $0.split(separator: " ")[2] }) == ["web", "alone"])
        #expect(crew.exit("alone", 2).filter { $0.hasPrefix("SIG") } == [])
        crew.exit("web", 3)
        #expect(crew.did("SIGTERM").map { $0.split(separator: " ")[2] } == ["app"])
        crew.exit("app", 4)
        #expect(Set(crew.did("SIGTERM").map { $0.split(separator: " ")[2] }) == ["db", "cache"])
        crew.exit("db", 5)
        #expect(crew.exit("cache", 6).last == "ended for shutdown")
    }

    @Test func anOldProcessOfADependentIsWaitedForAsWell() {
        var web = config("web", "db")
        web.sockets = [SharedSocket(address: .inet(host: "127.0.0.1", port: 80))]
        var crew = running([web, config("db")])
        let old = crew.holder("web")
        crew.ask(.roll([name("web")], RollOptions()), 1)
        crew.arrive(1)
        #expect(crew.retiring("web") == [old])
        crew.tell(.end(.shutdown), 2)
        crew.exit("web", 3)
        #expect(crew.did("SIGTERM to db") == [])
        #expect(crew.end("web", old, 4).contains("SIGTERM to db 1"))
    }

    @Test func oneThatIsUnhealthyIsStoppedOnlyOnce() {
        var crew = running([config("web", "db"), config("db")])
        crew.tell(.end(.shutdown), 1)
        crew.exit("web", 2)
        #expect(crew.did("SIGTERM to db").count == 1)
        #expect(crew.ask(.stop([name("db")]), 3, wait: false).filter { $0.hasPrefix("SIG") } == [])
    }

    @Test func twoThatDependOnEachOtherStopTogether() {
        // Updates of single groups can lead there: a is up when b comes to depend on it.
        var crew = running([config("a", "b"), config("b")])
        crew.ask(.update([.replace(group("b", [config("b", "a")]))]), 1)
        crew.tell(.end(.shutdown), 2)
        #expect(crew.did("SIGTERM").count == 2)
        crew.exit("a", 3)
        #expect(crew.exit("b", 3).last == "ended for shutdown")
    }

    @Test func withoutDependenciesGroupsStopOneAfterTheOther() {
        var crew = running([config("a"), config("b")])
        #expect(crew.tell(.end(.shutdown), 1).filter { $0.hasPrefix("SIG") } == ["SIGTERM to b 2"])
    }
}
