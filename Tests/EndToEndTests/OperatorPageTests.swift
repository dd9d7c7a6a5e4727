import SuperBase
import SuperOS
import Testing

/// The pages for operators are true: their configurations are good, and their commands answer what the pages say, one after the other.
@Suite(.enabled(if: Python.isThere, "needs the Python of SUPERD_TEST_PYTHON: make unit")) struct OperatorPageTests {
    @Test func rollingRestartsGoAsTheirPageSays() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.copyFolder("Tests/Examples/litestar", to: "app")
            let page = try Page("docs/rolling-restarts.md", ports: ["8000": "\(try freePort())"])
            try await page.runs(in: sandbox)
        }
    }

    @Test func healthIsAsItsPageSays() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.copyFolder("Tests/Examples/fastapi", to: "app")
            let ports = try ["8000", "6379", "9200"].map { ($0, "\(try freePort())") }
            let page = try Page("docs/health.md", ports: Dictionary(ports) { $1 })
            let program = page.blocks.first { $0.language == "python" }?.text
            #expect(program == (try Example.text("config/examples/notify.py")))
            try sandbox.write("app/notify.py", try #require(program))
            try await page.runs(in: sandbox)
        }
    }
}

/// A page of the documentation whose first `ini` block is a whole configuration, and whose `console` blocks are commands, each after `$ `,
/// with what they print.
private struct Page {
    struct Block {
        let language: String
        let text: String
    }

    let blocks: [Block]
    let ports: [String: String]

    init(_ path: String, ports: [String: String]) throws {
        self.ports = ports
        var blocks: [Block] = []
        var open: (language: String, lines: [Substring])?
        for line in try Example.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if let block = open, line == "```" {
                blocks.append(Block(language: block.language, text: block.lines.map { $0 + "\n" }.joined()))
                open = nil
            } else if open != nil {
                open?.lines.append(line)
            } else if line.hasPrefix("```") {
                open = (String(line.dropFirst(3)), [])
            }
        }
        self.blocks = blocks
        #expect(blocks.allSatisfy { ["ini", "console", "python"].contains($0.language) })
    }

    /// Starts superd with the configuration, and gives the commands.
    func runs(in sandbox: Sandbox) async throws {
        let configurations = blocks.filter { $0.language == "ini" }
        try #require(configurations.count == 1)
        try sandbox.write("superd.ini", Example.adapted(configurations[0].text, to: sandbox, ports: ports))
        // Where superctl looks for it by itself.
        _ = try await sandbox.run(["ln", "-s", "superd.ini", "supervisord.conf"])
        try await sandbox.checkAndStart()
        for block in blocks where block.language == "console" {
            for step in block.text.split(separator: "$ ", omittingEmptySubsequences: true).map(String.init) {
                let lines = step.split(separator: "\n").map(String.init)
                try await gives(lines[0], Array(lines.dropFirst()), in: sandbox)
            }
        }
    }

    /// A question may be asked until the answer is right: what the page tells of happens a moment later.
    private func gives(_ command: String, _ expected: [String], in sandbox: Sandbox) async throws {
        let isQuestion = ["superctl status", "superctl tail", "tail ", "grep "].contains { command.hasPrefix($0) }
        let wanted = expected.map(essence)
        var answer = try await lines(of: command, in: sandbox)
        if isQuestion {
            try? await until("an answer to \(command)", every: .milliseconds(200)) {
                answer = try await lines(of: command, in: sandbox)
                return answer.map(essence) == wanted
            }
        }
        #expect(answer.map(essence) == wanted, "$ \(command)\n\(answer.joined(separator: "\n"))")
    }

    private func lines(of command: String, in sandbox: Sandbox) async throws -> [String] {
        let words = ["sh", "-c", Example.adapted(command, to: sandbox, ports: ports)]
        let folder = Program.superd.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let run = try await sandbox.run(words, environment: ["PATH": "\(folder):/usr/local/bin:/usr/bin:/bin"])
        return (run.out + run.errors).split(separator: "\n").map(String.init)
    }

    /// The line without what differs from run to run: numbers, dates and the width of columns.
    private func essence(_ line: String) -> String {
        line.replacing(/[0-9]+/, with: "0").replacing(/[A-Z][a-z]{2} 0 0:0 [AP]M/, with: "DATE")
            .split(separator: " ").joined(separator: " ")
    }
}
