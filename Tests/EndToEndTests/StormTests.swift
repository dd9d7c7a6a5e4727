import SuperAPI
import SuperBase
import SuperOS
import Testing

/// Everybody at once.
@Suite struct StormTests {
    private static let twenty = """
        [program:p]
        command=sleep 1000
        process_name=p_%(process_num)02d
        numprocs=20
        startsecs=0

        """

    private func expectTwenty(_ sandbox: Sandbox) async throws {
        try await until("twenty run") {
            try sandbox.processes().values.count { $0.name.hasPrefix("p:") && $0.state == .running } == 20
        }
        let children = ProcessTable.children(of: try sandbox.superd.pid).filter { $0.command == "sleep 1000" }
        #expect(Set(children.map { Int($0.pid) }) == Set(try sandbox.processes().values.compactMap(\.pid)))
    }

    @Test func tenOperatorsWhoRestartEverythingEndWithOneOfEach() async throws {
        try await Sandbox.with(Self.twenty) { sandbox in
            try await sandbox.start()
            try await expectTwenty(sandbox)
            let words = [Program.superctl, "-c", sandbox / "superd.ini"]
            var operators: [Launched] = []
            for number in 0..<10 {
                operators.append(
                    try sandbox.launch(words + (number % 3 == 2 ? ["start", "all"] : ["restart", "all"])))
            }
            for one in operators {
                // Whose start another one undid is told so, in Supervisor's words: abnormal termination.
                let status = try await one.end()
                #expect([.exited(code: 0), .exited(code: 7)].contains(status), "\(one.out) \(one.errors)")
            }
            try await expectTwenty(sandbox)
        }
    }

    @Test func aStormOfHangupsEndsWithOneOfEachFromTheLastFile() async throws {
        try await Sandbox.with(Self.twenty) { sandbox in
            let superd = try await sandbox.start()
            for number in 1...20 {
                try sandbox.configure(Self.twenty + "[program:last]\ncommand=sleep \(2000 + number)\nstartsecs=0")
                try superd.send(.hangup)
                if number % 5 == 0 { try superd.send(.user2) }
                if number % 7 == 0 { try Signal.kill.send(toProcess: try sandbox.brain()) }
            }
            try await until("the last file runs") {
                sandbox.leftovers().count { $0.command == "sleep 2020" } == 1
                    && sandbox.leftovers().allSatisfy {
                        !$0.command.hasPrefix("sleep 20") || $0.command == "sleep 2020"
                    }
            }
            try await until("all run") { try sandbox.processes().values.count { $0.state == .running } == 21 }
            #expect(sandbox.leftovers().count { $0.command == "sleep 1000" } == 20)
            #expect(try superd.ended() == nil)
        }
    }

    @Test func clientsThatLeaveAndLinesThatAreNoRequestsDisturbNobody() async throws {
        try await Sandbox.with(Self.twenty) { sandbox in
            try await sandbox.start()
            try await expectTwenty(sandbox)
            var idle: [Descriptor] = []
            for number in 0..<50 {
                let socket = try Descriptor.connect(unix: sandbox / "superd.sock", timeout: patience)
                try socket.writeAll(Array((number % 2 == 0 ? "GET / HT" : "\u{0}\u{1}nonsense\r\n\r\n").utf8))
                if number % 4 < 2 { idle.append(socket) }
            }
            #expect(try await sandbox.superctl("status").code == 0)
            #expect(try await sandbox.superctl("restart", "p:p_0*").code == 0)
            try await expectTwenty(sandbox)
            withExtendedLifetime(idle) {}
        }
    }
}
