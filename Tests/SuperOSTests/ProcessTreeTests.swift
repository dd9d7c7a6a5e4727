import SuperBase
import SuperOS
import Testing

/// Trees of real processes, which say their pids and end with their input.
@Suite struct ProcessTreeTests {
    /// A child that has done what `program` says; it and its descendants end when this goes.
    private final class Tree {
        let pid: Int32
        /// What it has written: one line.
        let line: String
        private let input: Descriptor

        init(_ program: String) throws {
            let pipe = try Pipe()
            let output = try Pipe()
            var request = try shell("")
            request.executable = "/usr/bin/python3"
            request.arguments = ["python3", "-c", program]
            request.descriptors = [pipe.readEnd, output.writeEnd, .standardError]
            pid = try spawn(request)
            input = pipe.writeEnd
            request.descriptors = []
            var text = ""
            while !text.hasSuffix("\n") {
                guard try output.readEnd.wait(for: .readable, until: Clock.now() + .seconds(30)),
                    let more = try output.readEnd.readText()
                else { throw Missing(what: "the line of the child") }
                text += more
            }
            line = String(text.dropLast())
        }

        /// Ends the child and waits for it.
        func end() throws {
            try Signal.kill.send(toProcess: pid)
            _ = try SuperOSTests.end(of: pid)
        }
    }

    /// Takes this much memory, starts a child that takes as much, and so on; says the pids of all; waits for the end of the input.
    private func nested(_ mebibytes: [Int]) -> String {
        """
        import os, sys
        def grow(sizes):
            data = bytearray(os.urandom(4096)) * (sizes[0] * 256)
            pids = str(os.getpid())
            if len(sizes) > 1:
                reader, writer = os.pipe()
                if os.fork() == 0:
                    os.dup2(writer, 1)
                    del data
                    grow(sizes[1:])
                pids += ' ' + os.read(reader, 1000).decode().strip()
            os.write(1, (pids + '\\n').encode())
            sys.stdin.read()
            os._exit(0)
        grow(\(mebibytes))
        """
    }

    private func pids(_ tree: Tree) -> [Int32] { tree.line.split(separator: " ").compactMap { Int32($0) } }

    @Test func aTreeIsTheProcessAndAllItsDescendants() throws {
        let tree = try Tree(nested([1, 1, 1]))
        defer { try? tree.end() }
        let processes = try ProcessTree()
        let pids = pids(tree)
        #expect(pids.count == 3)
        #expect(processes.members(of: tree.pid).sorted() == pids.sorted())
        #expect(Set(processes.members(of: pids[1])) == Set(pids[1...]))
        #expect(processes.members(of: CurrentProcess.pid).contains(pids[2]))
    }

    @Test func whatTheGrandchildTakesCountsForTheRoot() throws {
        let tree = try Tree(nested([40, 1, 60]))
        defer { try? tree.end() }
        let pids = pids(tree)
        let memory = try ProcessTree.memory(of: pids)
        let sizes = try pids.map { try #require(memory[$0]) }
        #expect(sizes[0] > .mebibytes(100) && sizes[0] < .mebibytes(150))
        #expect(sizes[1] > .mebibytes(61) && sizes[1] < .mebibytes(100))
        #expect(sizes[2] > .mebibytes(60) && sizes[2] <= sizes[1])
    }

    /// Otherwise a server that forks its workers after loading would seem to take its memory once for each.
    @Test func whatAllShareCountsOnce() throws {
        let tree = try Tree(
            """
            import os, sys
            data = bytearray(os.urandom(4096)) * (50 * 256)
            for _ in range(4):
                if os.fork() == 0:
                    sys.stdin.read()
                    os._exit(0)
            print(os.getpid(), flush=True)
            sys.stdin.read()
            """)
        defer { try? tree.end() }
        let size = try #require(try ProcessTree.memory(of: [tree.pid])[tree.pid])
        #expect(size > .mebibytes(50) && size < .mebibytes(90))
    }

    @Test func aProcessThatIsGoneHasNoTree() throws {
        let tree = try Tree("import os; os.write(1, b'x\\n'); os.read(0, 1)")
        try tree.end()
        #expect(try ProcessTree().members(of: tree.pid) == [])
        #expect(try ProcessTree.memory(of: [tree.pid, CurrentProcess.pid]).keys.sorted() == [CurrentProcess.pid])
        #expect(try ProcessTree.memory(of: []) == [:])
    }

    @Test func aProcessThatHasEndedAndIsNotReapedTakesNothing() throws {
        let (pid, output) = try start(try shell("exit 0"))
        _ = try output.readAll(limit: 10)
        // The output ends a moment before the process does.
        let process = try Descriptor.process(pid)
        #expect(try process.wait(for: .readable, until: nil))
        #expect(try ProcessTree.memory(of: [pid]) == [pid: ByteSize(bytes: 0)])
        _ = try end(of: pid)
    }

    @Test func aNameWithParenthesesDoesNotConfuse() throws {
        let tree = try Tree(
            "open('/proc/self/comm', 'w').write('a) R 1 (b'); import os; os.write(1, b'x\\n'); os.read(0, 1)")
        defer { try? tree.end() }
        #expect(try ProcessTree().members(of: CurrentProcess.pid).contains(tree.pid))
        #expect(try ProcessTree().members(of: tree.pid) == [tree.pid])
    }

    /// In a process of its own, which gives its rights away.
    @Test func whereThePartsCannotBeReadTheResidentSetCounts() async {
        await #expect(processExitsWith: .success) {
            var request = SpawnRequest(
                executable: "/bin/sleep", arguments: ["sleep", "60"], environment: [],
                descriptors: [.standardInput, .standardOutput, .standardError])
            // Its user is another one than ours in the end: our end ends it.
            request.deathSignal = .kill
            let pid = try spawn(request)
            try CurrentProcess.become(nobody)
            let isRefused = (try? FileSystem.read("/proc/\(pid)/smaps_rollup")) == nil
            try #require(isRefused)
            let size = try #require(try ProcessTree.memory(of: [pid])[pid])
            try #require(size > ByteSize(bytes: 0))
        }
    }

    @Test func manyThreadsMayMeasureAtOnce() throws {
        let pid = CurrentProcess.pid
        let pipe = try Pipe()
        for _ in 0..<4 {
            try startThread(named: "measuring") {
                let size = try? ProcessTree.memory(of: [pid])[pid]
                try? pipe.writeEnd.writeAll([(size ?? ByteSize(bytes: 0)) > .mebibytes(1) ? 1 : 0])
            }
        }
        var answers = ""
        while answers.utf8.count < 4, let more = try pipe.readEnd.readText() { answers += more }
        #expect(answers == "\u{1}\u{1}\u{1}\u{1}")
    }
}
