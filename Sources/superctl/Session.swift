import SuperAPI
import SuperBase
import SuperClient
import SuperOS

/// Where a command finds superd, what it prints to, and the exit code so far.
final class Session {
    private(set) var settings: ClientConfig
    /// Answers are printed as they came.
    let isJSON: Bool
    /// The last failure stays: a later success does not clear it.
    var exitCode: Int32 = 0
    private var address: ServerAddress

    init(_ options: GlobalOptions) throws(SettingsError) {
        settings = try clientSettings(options)
        isJSON = options.json
        guard let address = ServerAddress(settings.serverURL) else {
            throw SettingsError(message: "serverurl '\(settings.serverURL)' is not unix:///path or http://host:port")
        }
        self.address = address
    }

    var client: ControlClient {
        if let token = settings.token { return ControlClient(address, credentials: .bearer(token: token)) }
        guard let username = settings.username else { return ControlClient(address) }
        return ControlClient(address, credentials: .basic(username: username, password: settings.password ?? ""))
    }

    /// Goes to another superd. False where the URL is none.
    func open(_ url: String) -> Bool {
        guard let address = ServerAddress(url) else { return false }
        settings.serverURL = url
        self.address = address
        return true
    }

    /// Uses these from now on.
    func setCredentials(username: String, password: String) {
        settings.token = nil
        settings.username = username
        settings.password = password
    }

    // MARK: - Printing

    /// Prints a line for people; nothing where answers are printed as they came.
    func say(_ line: String) {
        if !isJSON { Session.write(line, to: .standardOutput) }
    }

    /// Prints what went wrong where Supervisor does, on stdout; on stderr where stdout is for answers alone.
    func complain(_ line: String) {
        Session.write(line, to: isJSON ? .standardError : .standardOutput)
    }

    /// Prints bytes of a log.
    func pass(_ bytes: [UInt8]) {
        if !isJSON { Session.writeAll(bytes, to: .standardOutput) }
    }

    /// Says on stderr what to do, or more than Supervisor's words tell.
    func advise(_ line: String) {
        Session.write("superctl: \(line)", to: .standardError)
    }

    func fail(_ code: Int32) {
        exitCode = code
    }

    /// Writes a line. A reader that has left is a normal end.
    static func write(_ line: String, to output: Descriptor) {
        writeAll(Array("\(line)\n".utf8), to: output)
    }

    static func writeAll(_ bytes: [UInt8], to output: Descriptor) {
        do {
            try output.writeAll(bytes)
        } catch {
            CurrentProcess.exitAtOnce(error.errno == .brokenPipe ? 0 : 1)
        }
    }

    // MARK: - Asking

    /// How a command fails when there is no superd, by Supervisor's groups of commands.
    enum Unreachable {
        /// Those that ask first whether superd is there.
        case checked
        case status
        case unchecked
        case shutdown
    }

    /// Asks superd. Nil after a failure, which has been printed and has set the exit code.
    func ask<Request: Endpoint>(_ request: Request, _ unreachable: Unreachable = .checked) -> Request.Response? {
        do {
            return try attempt(request)
        } catch {
            report(error, unreachable)
            return nil
        }
    }

    /// Asks superd, and leaves a failure to the caller.
    func attempt<Request: Endpoint>(_ request: Request) throws(ClientError) -> Request.Response {
        let answer = try client.send(request)
        if isJSON { Session.write(String(decoding: answer.body, as: UTF8.self), to: .standardOutput) }
        return try ControlClient.read(Request.self, answer)
    }

    /// Prints why there is no answer, in Supervisor's words, and on stderr what to do about it.
    func report(_ error: ClientError, _ unreachable: Unreachable = .checked) {
        let sentence = error.sentence(url: settings.serverURL)
        switch error {
        case .noSuchFile, .refused, .permissionDenied:
            complain(unreachable == .shutdown ? "ERROR: \(sentence) (already shut down?)" : sentence)
        case .problem(let problem) where problem.kind == .unauthorized: complain(sentence)
        case .problem: complain("ERROR: \(sentence)")
        case .timedOut, .disconnected, .notSuperd, .otherVersion: complain(sentence)
        }
        if let advice = error.advice(address: address, user: CurrentProcess.user) { advise(advice) }
        fail(Session.exitCode(of: error, unreachable))
    }

    private static func exitCode(of error: ClientError, _ unreachable: Unreachable) -> Int32 {
        switch (unreachable, error) {
        case (_, .problem): 1
        case (.status, _): 4
        case (.unchecked, _), (.shutdown, _): 1
        case (.checked, .noSuchFile): 7
        case (.checked, .refused), (.checked, .permissionDenied): 4
        case (.checked, .otherVersion): 5
        case (.checked, .notSuperd): 3
        case (.checked, .timedOut), (.checked, .disconnected): 1
        }
    }

    /// Prints the results of a command and sets the exit code.
    ///
    /// Those whose process the words name one by one are all printed; of a group, a pattern or `all` only what changed or
    /// failed. To be replaced, a process must be up: of a roll all results are printed.
    func report(_ results: [ActionResult], words: [String]) {
        let named = Set(words.compactMap { ProcessName($0)?.description })
        for result in results {
            let text = ResultText(result)
            let isNoNews = [.alreadyStarted, .notRunning].contains(result.code) && result.action != .roll
            if isNoNews && !named.contains(result.name) { continue }
            say(text.line)
            if let message = result.message, result.isFailure, isJSON || !text.line.contains(message) {
                advise("\(result.name): \(message)")
            }
            if text.exitCode != 0 { fail(text.exitCode) }
        }
    }
}
