import CSuperOS
import Glibc

/// How a process goes into the background: the command that was typed returns once the daemon has started, or says
/// why it has not.
public enum Daemon {
    /// Continues as a daemon: in a child, in a session of its own, without a controlling terminal. Returns there only.
    ///
    /// The calling process waits until the report is made, says on stderr what failed if anything, and ends with the
    /// code reported. Of a daemon that ends without a report it says `silence`, and how it ended; its code is then 1.
    /// Must be called before any other thread exists: fork copies the calling thread only, and the locks of all.
    /// Standard streams, directory and umask stay as they are.
    public static func detach(silence: String) throws(SystemError) -> StartReport {
        let threads = try threadCount()
        precondition(threads == 1, "going into the background with threads that would be lost")
        return try fork(silence: silence)
    }

    /// Lets the standard streams lead to `/dev/null`.
    public static func silenceStandardStreams() throws(SystemError) {
        let null = try Descriptor.open("/dev/null", .readWrite)
        for number in Int32(0)...2 { try null.install(as: number) }
    }

    /// `detach` without its condition, which a test process cannot fulfil.
    static func fork(silence: String) throws(SystemError) -> StartReport {
        let pipe = try Pipe()
        let pid = Int32(try checkResult("forking") { superos_fork() })
        if pid == 0 {
            try CurrentProcess.startSession()
            return StartReport(pipe.writeEnd)
        }
        // Only the child may hold the write end, or its death would not end the pipe.
        close(pipe.writeEnd.release())
        // 1 MiB is more than anyone writes; what cannot be read counts as silence.
        let report = (try? pipe.readEnd.readAll(limit: 1 << 20)) ?? []
        guard let code = report.first else {
            let fate =
                if case .reaped(let child)? = try? reapChild(pid, waits: true) { ": \(child.status)" } else { "" }
            end(saying: Array("\(silence)\(fate)".utf8), code: 1)
        }
        end(saying: report.dropFirst(), code: Int32(code))
    }

    private static func end(saying text: some Collection<UInt8>, code: Int32) -> Never {
        if !text.isEmpty { try? Descriptor.standardError.writeAll(Array(text) + [UInt8(ascii: "\n")]) }
        CurrentProcess.exitAtOnce(code)
    }

    private static func threadCount() throws(SystemError) -> UInt {
        var status = stat()
        try check("examining", "/proc/self/task") { stat("/proc/self/task", &status) }
        // A directory has a link from its parent, one from itself, and one from each directory in it.
        return UInt(status.st_nlink) - 2
    }
}

/// What a daemon owes to the command that started it. One that neither reports nor ends keeps the command waiting.
public struct StartReport: ~Copyable {
    private let pipe: Descriptor

    init(_ pipe: Descriptor) {
        self.pipe = pipe
    }

    /// The daemon has started; the command ends with code 0.
    public consuming func started() {
        send(code: 0, "")
    }

    /// The daemon will not start; the command says why and ends with `code`, from 1 to 255.
    public consuming func failed(_ text: String, code: UInt8) {
        send(code: code, text)
    }

    private func send(code: UInt8, _ text: String) {
        // A command that is gone (Ctrl-C) needs no report.
        try? pipe.writeAll([code] + Array(text.utf8))
    }
}
