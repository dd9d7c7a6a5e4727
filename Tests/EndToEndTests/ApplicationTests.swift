import SuperAPI
import SuperBase
import SuperOS
import Testing

/// The Python of a virtual environment with uvicorn, litestar and gunicorn.
enum Python {
    static let path: String = {
        let given = CurrentProcess.environment.first { $0.name == "SUPERD_TEST_PYTHON" }?.value
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return given ?? "\(root)/.build/venv/bin/python"
    }()

    static var isThere: Bool { ((try? FileSystem.status(path)) ?? nil) != nil }
}

@Suite struct ApplicationTests {
    @Test(.enabled(if: Python.isThere, "needs a Python with uvicorn and litestar in SUPERD_TEST_PYTHON: make unit"))
    func oneFileRunsALitestarApplicationRedisAndNginx() async throws {
        try await Sandbox.with { sandbox in
            let ports = [try freePort(), try freePort(), try freePort()]
            try writeApplication(sandbox, application: ports[0], redis: ports[1], nginx: ports[2])
            func page(_ port: UInt16) async throws -> String {
                try await sandbox.run(["curl", "-s", "-m", "5", "http://127.0.0.1:\(port)/"]).out
            }
            func redis() async throws -> String {
                try await sandbox.run(["redis-cli", "-p", "\(ports[1])", "ping"]).out
            }
            func everythingAnswers() async throws {
                for name in ["app", "redis", "nginx"] { try await sandbox.waitFor(name) }
                try await until("the application answers") { try await page(ports[0]) == "hello of superd" }
                try await until("redis answers") { try await redis() == "PONG\n" }
                try await until("nginx answers") { try await page(ports[2]) == "hello of superd" }
            }

            try await sandbox.start()
            try await everythingAnswers()

            let before = try sandbox.processes()
            let restart = try await sandbox.superctl("restart", "all")
            #expect(restart.code == 0)
            #expect(restart.lines.filter { $0.hasSuffix(": started") }.count == 3)
            try await everythingAnswers()
            let after = try sandbox.processes()
            for name in ["app", "redis", "nginx"] { #expect(before[name]?.pid != after[name]?.pid) }

            let killed = try sandbox.pid("redis")
            try Signal.kill.send(toProcess: killed)
            try await until("another redis runs") {
                guard let pid = try sandbox.processes()["redis"]?.pid else { return false }
                return pid != Int(killed)
            }
            try await everythingAnswers()
            #expect(try sandbox.processes()["nginx"]?.pid == after["nginx"]?.pid)

            #expect(try await sandbox.superctl("stop", "all").code == 0)
            #expect(try await page(ports[0]).isEmpty)
            #expect(try await sandbox.superctl("status").code == 3)
        }
    }

    private func writeApplication(_ sandbox: Sandbox, application: UInt16, redis: UInt16, nginx: UInt16) throws {
        try sandbox.write(
            "app.py",
            """
            from litestar import Litestar, get


            @get("/", media_type="text/plain")
            async def hello() -> str:
                return "hello of superd"


            app = Litestar([hello])

            """)
        try sandbox.write(
            "nginx.conf",
            """
            daemon off;
            pid \(sandbox / "nginx.pid");
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path \(sandbox / "body");
                proxy_temp_path \(sandbox / "proxy");
                fastcgi_temp_path \(sandbox / "fastcgi");
                uwsgi_temp_path \(sandbox / "uwsgi");
                scgi_temp_path \(sandbox / "scgi");
                server {
                    listen 127.0.0.1:\(nginx);
                    location / { proxy_pass http://127.0.0.1:\(application); }
                }
            }

            """)
        try sandbox.configure(
            """
            [program:app]
            command=\(Python.path) -m uvicorn app:app --port \(application)
            directory=%(here)s
            autorestart=true
            [program:redis]
            command=redis-server --port \(redis) --bind 127.0.0.1 --save "" --dir %(here)s
            autorestart=true
            priority=10
            [program:nginx]
            command=nginx -p %(here)s -c %(here)s/nginx.conf
            autorestart=true
            stopsignal=QUIT
            """)
    }
}
