import SuperBase
import SuperOS
import Testing

@testable import SuperDaemon

/// Files of `NAME=VALUE` lines.
struct EnvironmentFileTests {
    private func read(_ text: String) throws(EnvironmentFile.Problem) -> [String] {
        try EnvironmentFile(Array(text.utf8)).variables.map { "\($0.name)|\($0.value)" }
    }

    private func problem(_ text: String) -> EnvironmentFile.Problem? {
        do {
            _ = try EnvironmentFile(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("A=1", "A|1"), ("  A = 1 2 \t", "A|1 2"), ("A=", "A|"), ("A=b=c", "A|b=c"), ("export A=1", "A|1"),
        ("export\tA=1\r", "A|1"), ("export=1", "export|1"), ("A='x y' ", "A|x y"), ("A=\" x\"", "A| x"),
        ("A=\"it's\" # why", "A|it's"), ("A=''", "A|"), ("A=x # y", "A|x # y"), ("A=$HOME\\n", "A|$HOME\\n"),
        ("a.b-c_1=é", "a.b-c_1|é"), ("A=x'y'", "A|x'y'"),
    ])
    func aLineIsAVariable(line: String, variable: String) throws {
        #expect(try read(line) == [variable])
    }

    @Test func blankLinesAndCommentsArePassedOver() throws {
        #expect(try read("\n# A=1\n  \t\r\n\tB=2\n  #\nC=3") == ["B|2", "C|3"])
        #expect(try read("") == [])
    }

    @Test(arguments: ["A", "=1", "1A=x", "A B=1", "export", "export A", "A\u{e9}=1"])
    func whatIsNoVariableIsNamedByItsLine(line: String) {
        #expect(problem("OK=1\n\n\(line)\n") == EnvironmentFile.Problem(line: 3, why: "expected NAME=VALUE"))
    }

    @Test func quotationMarksHaveToClose() {
        #expect(problem("A='x") == EnvironmentFile.Problem(line: 1, why: "no closing quotation mark"))
        #expect(problem("A=\"x'") == EnvironmentFile.Problem(line: 1, why: "no closing quotation mark"))
        #expect(problem("A='x' y") == EnvironmentFile.Problem(line: 1, why: "text behind the closing quotation mark"))
        #expect(problem("A=1\nB=\0") == EnvironmentFile.Problem(line: 2, why: "a zero byte"))
    }

    @Test func onlyARegularFileOfSomeSizeIsRead() throws {
        let folder = try Folder()
        func problem(_ path: String) -> EnvironmentFile.Problem? {
            do {
                _ = try EnvironmentFile(reading: path)
                return nil
            } catch {
                return error
            }
        }
        try folder.write("small", "A=" + String(repeating: "x", count: (1 << 20) - 2))
        try folder.write("large", "A=" + String(repeating: "x", count: (1 << 20) - 1))
        #expect(problem(folder / "small") == nil)
        #expect(problem(folder / "large") == EnvironmentFile.Problem(why: "File too large"))
        #expect(problem(folder / "none") == EnvironmentFile.Problem(why: "No such file or directory"))
        #expect(problem("/dev/zero") == EnvironmentFile.Problem(why: "not a regular file"))
        #expect(problem(folder.path) == EnvironmentFile.Problem(why: "not a regular file"))
    }
}
