import SuperAPI
import SuperBase
import SuperClient
import SuperOS
import Testing

/// Brains that are killed while workers are replaced: what was asked for comes about all the same, and clients do not notice.
@Suite struct RollBrainTests {
    /// How often a brain is killed in each test.
    private static let kills = 6

    /// Kills the brain in a moment that nobody has chosen: there are some hundred milliseconds of work for it.
    private func killBrain(_ sandbox: Sandbox) async throws {
        try await Task.sleep(for: .milliseconds(.random(in: 0...400)))
        try await sandbox.replaceBrain()
    }

    @Test func aRollIsFinishedWheneverItsBrainIsKilled() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            for _ in 1...Self.kills {
                let before = try sandbox.runningPids()
                _ = try sandbox.client.call(RollProcesses(["web:*"], wait: false))
                try await killBrain(sandbox)
                try await pool.expectOnly(3, not: before.values)
            }
            try await load.endWithoutFailures()
        }
    }

    @Test func anUpdateIsFinishedWheneverItsBrainIsKilled() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            for number in 1...Self.kills {
                let before = try sandbox.runningPids()
                // Workers of another version, and now and then one more of them.
                let count = 3 + number % 2
                try pool.configure(["version=\(number)"], "numprocs=\(count)")
                _ = try sandbox.client.call(UpdateConfiguration(groups: [], wait: false))
                try await killBrain(sandbox)
                try await pool.expectOnly(count, not: before.values)
                for pid in try sandbox.runningPids().values {
                    let command = try #require(ProcessTable.Entry(pid)).command
                    #expect(command.hasSuffix("version=\(number)"), "\(command)")
                }
            }
            try await load.endWithoutFailures()
        }
    }

    /// Configures workers of version 2, of which the third one does not start and the second one is not ready before there is the file `late`.
    private func configureBroken(_ pool: Pool) throws {
        try pool.sandbox.write(
            "last.sh",
            """
            number=$1
            shift
            case $number in
            0) exec "$@";;
            1) exec "$@" wait=late;;
            *) exit 1;;
            esac

            """)
        let command = Script.command("worker", ["version=2"])
        try pool.sandbox.configure(
            """
            [program:web]
            command=sh %(here)s/last.sh %(process_num)d \(command)
            process_name=%(process_num)d
            numprocs=3
            socket=tcp://127.0.0.1:\(pool.port)
            ready=notify
            stopwaitsecs=60
            directory=%(here)s
            """)
    }

    /// Sees that there are three workers, all of the old version.
    private func expectOldVersion(
        _ pool: Pool, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        try await pool.expectOnly(3, sourceLocation: sourceLocation)
        for (name, pid) in try pool.sandbox.runningPids() {
            let command = try #require(ProcessTable.Entry(pid)).command
            #expect(!command.contains("version=2"), "\(name)", sourceLocation: sourceLocation)
        }
    }

    @Test func aFailedUpdateIsTakenBackByTheNextBrain() async throws {
        try await Pool.with(3) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            try configureBroken(pool)
            _ = try sandbox.client.call(UpdateConfiguration(groups: [], wait: false))
            // The first one has been replaced, the second one is about to be.
            _ = try await pool.waitForSuccessor(of: "web:1")
            try await sandbox.replaceBrain()
            try sandbox.write("late", "")
            try await sandbox.waitForText(
                "roll-out: web:2: the new process: Exited before it was ready", in: "main.log")
            try await expectOldVersion(pool)
            try await load.endWithoutFailures()
        }
    }

    @Test func aFailedUpdateIsTakenBackWheneverItsBrainIsKilled() async throws {
        try await Pool.with(3) { pool in
            let load = try await Load(pool.sandbox, on: pool.port)
            try configureBroken(pool)
            try pool.sandbox.write("late", "")
            for _ in 1...Self.kills {
                _ = try pool.sandbox.client.call(UpdateConfiguration(groups: [], wait: false))
                try await killBrain(pool.sandbox)
                try await expectOldVersion(pool)
            }
            try await load.endWithoutFailures()
        }
    }

    @Test func aScaleIsFinishedWheneverItsBrainIsKilled() async throws {
        try await Pool.with(2) { pool in
            let sandbox = pool.sandbox
            let load = try await Load(sandbox, on: pool.port)
            for number in 1...Self.kills {
                let count = number % 2 == 0 ? 2 : 5
                _ = try sandbox.client.call(ScaleProgram(program: "web", count: count, wait: false))
                try await killBrain(sandbox)
                try await pool.expectOnly(count)
            }
            try await load.endWithoutFailures()
        }
    }
}
