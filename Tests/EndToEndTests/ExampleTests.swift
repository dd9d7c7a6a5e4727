import SuperAPI
import SuperBase
import SuperOS
import Testing

/// Every file of config/examples starts, serves, is rolled or restarted, and stops, with the program that it is for.
@Suite(.enabled(if: Python.isThere, "needs the Python of SUPERD_TEST_PYTHON: make unit")) struct ExampleTests {
    @Test func litestarOnUvicornServesAndIsRolled() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use("litestar-uvicorn.ini", application: "litestar", ports: [":8000": ":\(port)"])
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            let before = try sandbox.pids(of: "web")
            #expect(try await pid(in: sandbox.page(port), of: "litestar", among: before))

            let roll = try await sandbox.superctl("roll", "web:*", "--verify", "1s")
            #expect(roll.lines == before.indices.map { "web:web_0\($0): replaced" })
            let after = try sandbox.pids(of: "web")
            #expect(Set(after).isDisjoint(with: before))
            #expect(try await pid(in: sandbox.page(port), of: "litestar", among: after))

            #expect(try await sandbox.superctl("scale", "web", "1").lines == ["web: scaled to 1"])
            try await until("one worker is left") { try sandbox.pids(of: "web") == [after[0]] }
            #expect(try await pid(in: sandbox.page(port), of: "litestar", among: [after[0]]))
        }
    }

    @Test func aFastAPIWorkerWhoseEventLoopHangsSaysWhereAndIsReplaced() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use("fastapi-uvicorn.ini", application: "fastapi", ports: [":8000": ":\(port)"])
            try sandbox.write("app/notify.py", try Example.text("config/examples/notify.py"))
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            #expect(try await sandbox.superctl("roll", "web:*").code == 0)
            let before = try sandbox.pids(of: "web")
            #expect(try await pid(in: sandbox.page(port), of: "fastapi", among: before))

            // The worker that gets this sends no heartbeat any more, and its client no answer.
            _ = try sandbox.launch(["curl", "-s", "http://127.0.0.1:\(port)/hang"])
            try await sandbox.waitForText("no heartbeat within 10 s", in: "main.log")
            try await until("a new worker runs") {
                let now = try sandbox.pids(of: "web")
                return now.count == before.count && Set(now).subtracting(before).count == 1
            }
            try await sandbox.waitForAll()
            let logs = before.indices.map { sandbox.text("auto/web_0\($0).log") }
            #expect(logs.contains { $0.contains("in hang") }, "\(logs)")
            #expect(try await pid(in: sandbox.page(port), of: "fastapi", among: sandbox.pids(of: "web")))
        }
    }

    @Test func djangoIsMigratedBeforeItServesAndABrokenVersionReplacesNothing() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use("django-gunicorn.ini", application: "django", ports: [":8000": ":\(port)"])
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            #expect(try sandbox.state("migrate") == .completed)
            #expect(try await sandbox.page(port).hasSuffix(", 0 users"))

            let before = try sandbox.pids(of: "web")
            #expect(try await sandbox.superctl("start", "migrate").code == 0)
            #expect(try await sandbox.superctl("roll", "web:*").code == 0)
            let after = try sandbox.pids(of: "web")
            #expect(Set(after).isDisjoint(with: before))
            #expect(try await sandbox.page(port).hasSuffix(", 0 users"))

            try sandbox.write("app/project/wsgi.py", "import a_module_that_is_not_there\n")
            let roll = try await sandbox.superctl("roll", "web:*")
            #expect(roll.code == 1)
            #expect(roll.lines.count == 2 && roll.lines.allSatisfy { $0.contains("ERROR (not replaced: ") })
            #expect(try sandbox.pids(of: "web") == after)
            #expect(try await sandbox.page(port).hasSuffix(", 0 users"))
        }
    }

    @Test func nginxIsRolledAndABrokenConfigurationReplacesNothing() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use(
                "nginx.ini",
                ports: ["tcp://*:80": "tcp://127.0.0.1:\(port)", "/etc/nginx/nginx.conf": sandbox / "nginx.conf"])
            let settings = "location / { return 200 \"one\"; }"
            try sandbox.write("nginx.conf", nginx(in: sandbox, port: port, settings))
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            #expect(try await sandbox.page(port) == "one")

            let before = try sandbox.pids(of: "nginx")
            try sandbox.write("nginx.conf", nginx(in: sandbox, port: port, settings.replacing("one", with: "two")))
            #expect(try await sandbox.superctl("roll", "nginx").lines == ["nginx: replaced"])
            #expect(try await sandbox.page(port) == "two")
            let after = try sandbox.pids(of: "nginx")
            #expect(after != before)

            try sandbox.write("nginx.conf", nginx(in: sandbox, port: port, settings.replacing("one", with: "three")))
            #expect(try await sandbox.superctl("signal", "HUP", "nginx").code == 0)
            try await until("nginx has read its configuration again") { try await sandbox.page(port) == "three" }

            try sandbox.write("nginx.conf", "no_such_directive on;")
            #expect(try await sandbox.superctl("roll", "nginx").code == 1)
            #expect(try sandbox.pids(of: "nginx") == after)
            #expect(try await sandbox.page(port) == "three")
        }
    }

    @Test func phpFpmSaysWhatItDoesAndIsRolled() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            let front = try freePort()
            try sandbox.use(
                "php-fpm.ini",
                ports: ["127.0.0.1:9000": "127.0.0.1:\(port)", "/etc/php/8.2/fpm/php-fpm.conf": sandbox / "fpm.conf"])
            try sandbox.write(
                "fpm.conf",
                """
                [global]
                error_log = /dev/stderr
                process_control_timeout = 25s
                [www]
                user = www-data
                listen = 127.0.0.1:\(port)
                pm = static
                pm.max_children = 2

                """)
            try sandbox.write("index.php", "<?php echo 6 * 7;")
            let toPHP = """
                location / {
                    fastcgi_pass 127.0.0.1:\(port);
                    fastcgi_param SCRIPT_FILENAME \(sandbox / "index.php");
                    fastcgi_param REQUEST_METHOD GET;
                }
                """
            try sandbox.write("nginx.conf", nginx(in: sandbox, port: front, main: "daemon off;", toPHP))
            let server = try sandbox.launch(["nginx", "-p", sandbox.path, "-c", sandbox / "nginx.conf"])
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            try await until("php answers") { try await sandbox.page(front) == "42" }
            #expect(try await sandbox.superctl("status", "php").out.contains("\"Ready to handle connections\""))

            let before = try sandbox.pids(of: "php")
            #expect(try await sandbox.superctl("roll", "php").lines == ["php: replaced"])
            #expect(try sandbox.pids(of: "php") != before)
            #expect(try await sandbox.page(front) == "42")
            try server.send(.quit)
            _ = try await server.end()
        }
    }

    @Test func celeryWorksAndBeatNeverRunsTwice() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use("celery.ini", application: "celery", ports: [:])
            let broker = try sandbox.launch([
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", sandbox.path,
            ])
            let environment = ["BROKER": "redis://127.0.0.1:\(port)/0"]
            try await sandbox.checkAndStart(environment: environment)
            try await sandbox.waitForAll()
            let ask = "from tasks import add; print(add.delay(40, 2).get(timeout=30))"
            func add() async throws -> String {
                try await sandbox.run(
                    ["sh", "-c", "cd app && exec \"$0\" -c \"$1\"", Python.path, ask], environment: environment
                ).out
            }
            #expect(try await add() == "42\n")
            try await sandbox.waitForText("noted", in: "app/notes")

            let beat = try sandbox.pid("beat")
            try Signal.kill.send(toProcess: beat)
            try await until("another beat runs") {
                try sandbox.processes()["beat"]?.pid.map { Int32($0) != beat } ?? false
            }
            #expect(try await sandbox.superctl("restart", "beat").code == 0)
            #expect(try await sandbox.superctl("roll", "beat").code == 1)
            #expect(try await sandbox.superctl("scale", "beat", "2").code == 1)
            #expect(try await sandbox.superctl("restart", "worker:*").code == 0)
            #expect(try await add() == "42\n")
            expectBeatsOneAfterTheOther(sandbox.text("main.log"))
            #expect(try await sandbox.superctl("stop", "all").code == 0)
            try broker.send(.terminate)
            _ = try await broker.end()
        }
    }

    @Test func redisSavesItsDataWhenItIsRestarted() async throws {
        try await Sandbox.with { sandbox in
            let port = try freePort()
            try sandbox.use(
                "redis.ini", ports: ["/etc/redis/redis.conf": sandbox / "redis.conf", "6379": "\(port)"])
            try sandbox.write("redis.conf", "port \(port)\nbind 127.0.0.1\ndir \(sandbox.path)\nsave 3600 1\n")
            try await sandbox.checkAndStart()
            try await sandbox.waitForAll()
            func redis(_ words: String...) async throws -> String {
                try await sandbox.run(["redis-cli", "-p", "\(port)"] + words).out
            }
            #expect(try await redis("set", "key", "value") == "OK\n")
            let before = try sandbox.pids(of: "redis")
            #expect(try await sandbox.superctl("restart", "redis").code == 0)
            #expect(try sandbox.pids(of: "redis") != before)
            #expect(try await redis("get", "key") == "value\n")
        }
    }

    @Test func everyExampleHasATest() throws {
        let tests = try Example.text("Tests/EndToEndTests/ExampleTests.swift")
        let files = try FileSystem.list("\(Example.root)/config/examples").filter { $0.hasSuffix(".ini") }
        #expect(files.count == 7)
        for file in files { #expect(tests.contains("\"\(file)\""), "\(file) is run by no test") }
    }

    // MARK: - What the tests share

    /// Whether the page says the name and one of the pids.
    private func pid(in page: String, of name: String, among pids: [Int]) -> Bool {
        pids.contains { page == "\(name) \($0)" }
    }

    /// A small nginx.conf with all its files in the sandbox.
    private func nginx(in sandbox: Sandbox, port: UInt16, main: String = "", _ server: String) -> String {
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        let temporary = kinds.map { "\($0)_temp_path \(sandbox / $0);" }.joined(separator: "\n")
        return """
            \(main)
            pid \(sandbox / "nginx.pid");
            error_log stderr;
            events {}
            http {
                access_log off;
                \(temporary)
                server { listen 127.0.0.1:\(port); \(server) }
            }

            """
    }

    /// In the main log the end of a beat stands between each two starts.
    private func expectBeatsOneAfterTheOther(_ log: String) {
        var isUp = false
        var starts = 0
        for line in log.split(separator: "\n") {
            if line.contains("spawned: 'beat'") {
                #expect(!isUp, "a second beat: \(line)")
                isUp = true
                starts += 1
            } else if line.contains("exited: beat ") || line.contains("stopped: beat ") {
                isUp = false
            }
        }
        #expect(starts >= 3)
    }
}
