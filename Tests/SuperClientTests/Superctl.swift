import Foundation
import SuperOS

/// What a run of the built superctl came to.
struct SuperctlRun {
    var out: String
    var errors: String
    var code: Int32

    /// Runs superctl with these words and this input, in an empty working directory.
    init(_ arguments: [String], input: String = "") throws {
        let program = URL(filePath: try CurrentProcess.executablePath()).deletingLastPathComponent()
            .appending(path: "superctl")
        let process = Foundation.Process()
        // The test bundle may be run by a helper that lives elsewhere; its first argument names the bundle then.
        process.executableURL =
            FileManager.default.isExecutableFile(atPath: program.path)
            ? program
            : URL(filePath: CommandLine.arguments.first { $0.contains(".xctest") } ?? "").deletingLastPathComponent()
                .appending(path: "superctl")
        process.arguments = arguments
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        process.environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC"]
        let (stdin, stdout, stderr) = (Foundation.Pipe(), Foundation.Pipe(), Foundation.Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        out = String(decoding: try stdout.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        errors = String(decoding: try stderr.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        code = process.terminationStatus
    }
}

extension [UInt8] {
    func write(to path: String) throws {
        try FileSystem.replace(path, with: self)
    }
}
