import SuperBase
import SuperOS
import Testing

@Suite struct SpawnTests {
    @Test func aChildRunsAndItsCodeIsReported() throws {
        #expect(try run("echo hello; exit 3") == Outcome(output: "hello\n", status: .exited(code: 3)))
    }

    @Test func theProgramGetsItsArgumentsAsTheyAre() throws {
        let arguments = ["own name", "", "two words", "é\n"]
        var request = try shell("")
        request.arguments = ["sh", "-c", #"printf '%s|' "$0" "$@""#] + arguments
        #expect(try run(request).output == "own name||two words|é\n|")
    }

    @Test func theEnvironmentIsExactlyWhatWasGiven() throws {
        var request = try shell("")
        request.executable = "/usr/bin/env"
        request.arguments = ["env"]
        request.environment = [EnvironmentVariable("A", "1"), EnvironmentVariable("B", "x=y z")]
        #expect(try run(request).output == "A=1\nB=x=y z\n")
        request.environment = []
        #expect(try run(request).output == "")
    }

    @Test func theChildWorksInItsDirectory() throws {
        #expect(try run("pwd") { $0.directory = "/usr/share" }.line == "/usr/share")
    }

    @Test func aRelativeExecutableIsFoundInTheDirectoryOfTheChild() throws {
        #expect(
            try run("echo here") {
                $0.directory = "/bin"
                $0.executable = "./sh"
            }.line == "here")
    }

    @Test(arguments: [0o000, 0o027, 0o777]) func theUmaskIsSet(_ mask: UInt32) throws {
        let digits = String(mask, radix: 8)
        let padded = String(repeating: "0", count: 4 - digits.count) + digits
        #expect(try run("umask") { $0.umask = mask }.line == padded)
    }

    @Test func theChildBecomesTheUserWithAllGroups() throws {
        let outcome = try run("grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr -s '\\t ' ' '") {
            $0.identity = ProcessSpec.Identity(user: 65_534, group: 65_533, groups: [65_533, 12, 7])
        }
        #expect(
            outcome.output.split(separator: "\n").map { $0.trimmed } == [
                "Uid: 65534 65534 65534 65534", "Gid: 65533 65533 65533 65533", "Groups: 7 12 65533",
            ])
    }

    @Test func aChildWithoutSupplementaryGroupsHasNone() throws {
        let outcome = try run("grep ^Groups /proc/self/status") {
            $0.identity = ProcessSpec.Identity(user: 65_534, group: 65_534, groups: [])
        }
        #expect(outcome.line.trimmed == "Groups:")
    }

    @Test func groupAndSessionAreAsAsked() throws {
        // Of /proc/PID/stat: pid, parent, group, session.
        func place(_ grouping: SpawnRequest.Grouping) throws -> [Int32] {
            let outcome = try run("cut -d' ' -f1,5,6 /proc/$$/stat") { $0.grouping = grouping }
            return outcome.line.split(separator: " ").compactMap { Int32($0) }
        }
        let same = try place(.sameAsParent)
        #expect(same[1] != same[0] && same[2] != same[0])
        let group = try place(.newGroup)
        #expect(group[1] == group[0] && group[2] == same[2])
        let session = try place(.newSession)
        #expect(session[1] == session[0] && session[2] == session[0])
    }

    @Test func theLimitOfOpenFilesIsSet() throws {
        let outcome = try run("ulimit -Sn; ulimit -Hn") { $0.openFiles = ResourceLimit(soft: 64, hard: 128) }
        #expect(outcome.output == "64\n128\n")
    }

    @Test func theVariablesOfThePidHoldThePid() throws {
        let outcome = try run("echo $LISTEN_PID $WATCHDOG_PID $$; env | grep -c _PID; echo $LAST") {
            $0.pidVariables = ["LISTEN_PID", "WATCHDOG_PID"]
            $0.environment.append(EnvironmentVariable("LISTEN_PID", "1"))
            $0.environment.append(EnvironmentVariable("LAST", "is there"))
        }
        let lines = outcome.output.split(separator: "\n")
        let pids = Set(lines[0].split(separator: " "))
        #expect(pids.count == 1 && pids.allSatisfy { Int32($0) ?? 0 > 1 })
        #expect(lines.dropFirst() == ["2", "is there"])
    }

    @Test func theDeathSignalIsSetAfterTheChangeOfUser() throws {
        // What prctl(PR_GET_PDEATHSIG) answers; the exec of a program that is not set-uid keeps it.
        let program = "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"
        var request = try shell("")
        request.executable = "/usr/bin/python3"
        request.arguments = ["python3", "-c", program]
        request.deathSignal = .terminate
        request.identity = ProcessSpec.Identity(user: 65_534, group: 65_534, groups: [])
        #expect(try run(request).line == "15")
    }

    @Test func signalsAreBackToTheirDefaultAndUnblocked() async throws {
        await #expect(processExitsWith: .success) {
            Signal.pipe.ignore()
            Signal.hangup.ignore()
            _ = try SignalReceiver([.child, .terminate, .user1])
            // Not grep, which handles a signal of its own.
            let lines = try run("cat /proc/self/status").output.split(separator: "\n")
            for field in ["SigIgn:", "SigBlk:", "SigCgt:"] {
                try #require(lines.contains("\(field)\t0000000000000000"))
            }
        }
    }

    @Test func theParentKeepsItsSignalMask() async {
        await #expect(processExitsWith: .success) {
            _ = try SignalReceiver([.user1])
            func mask() throws -> Substring? {
                let status = try Descriptor.open("/proc/thread-self/status", .readOnly).readAll(limit: 65_536)
                return String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("SigBlk") }
            }
            let before = try mask()
            _ = try run("true")
            try #require(before?.hasSuffix("\t0000000000000000") == false)
            try #require(try mask() == before)
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(String(drop { $0.isWhitespace }.reversed()).drop { $0.isWhitespace }.reversed())
    }
}
