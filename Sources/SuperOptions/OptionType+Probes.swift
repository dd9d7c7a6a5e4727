import SuperBase

/// The forms of a probe, for messages.
private let probeForms =
    "tcp://host:port, unix:///path, http://host:port/path, http+unix:///socket:/path or exec:command"

/// How each probe begins.
private let probeSchemes = ["tcp://", "unix://", "http://", "http+unix://", "exec:"]

extension Probe {
    /// Reads a probe; nil for a text that begins like none.
    init?(_ text: String, _ context: ValueContext) throws(ValueError) {
        guard let scheme = probeSchemes.first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        switch scheme {
        case "tcp://":
            let address = try InetAddress(peer: rest, of: text)
            self = .tcp(host: address.host, port: address.port)
        case "unix://": self = .unix(path: try socketPath(rest, of: text, context))
        case "http://":
            let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            let address = try InetAddress(peer: rest[..<slash], of: text)
            self = .http(
                host: address.host, port: address.port, path: try Self.requestPath(rest[slash...], of: text))
        case "http+unix://":
            // The first colon before a slash: a path of a request may hold others.
            let bytes = Array(rest.utf8)
            let colon = bytes.indices.first {
                bytes[$0] == UInt8(ascii: ":") && bytes[($0 + 1)...].first == UInt8(ascii: "/")
            }
            let end = colon.map { rest.utf8.index(rest.startIndex, offsetBy: $0) } ?? rest.endIndex
            let path = try Self.requestPath(rest[end...].dropFirst(colon == nil ? 0 : 1), of: text)
            self = .httpUnix(socket: try socketPath(rest[..<end], of: text, context), path: path)
        default: self = .command(try checkedCommand(String(rest)))
        }
    }

    /// The path of a request, `/` where none is given.
    private static func requestPath(_ path: Substring, of text: String) throws(ValueError) -> String {
        guard !path.isEmpty else { return "/" }
        guard path.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
            throw ValueError("the path of \(quoted(text)) holds a blank or another character that a URL cannot have")
        }
        return String(path)
    }

    /// The error for a text that begins like no probe and is none of `words`.
    fileprivate static func mismatch(_ text: String, _ expected: String, words: [String]) -> ValueError {
        var error = ValueError("\(quoted(text)) is not \(expected)")
        let lower = text.lowercased()
        let beginning = String(lower.prefix { $0 != ":" })
        let schemes = probeSchemes + words.filter { $0.hasSuffix(":") }
        if beginning == "https" {
            error.hint = "superd speaks no TLS: probe an http:// address, or write exec: and a command that does"
        } else if let near = nearMiss(of: lower, among: words.filter { !$0.hasSuffix(":") }) {
            error.hint = "did you mean \(near)?"
        } else if lower.utf8.contains(UInt8(ascii: ":")),
            let near = nearMiss(of: beginning, among: schemes.map { String($0.prefix { $0 != ":" }) }),
            let scheme = schemes.first(where: { $0.hasPrefix(near + ":") })
        {
            error.hint = "did you mean \(scheme)…?"
        } else if lower.hasPrefix("/") {
            error.hint = "write exec: before a command, unix:// before the path of a socket"
        }
        return error
    }
}

extension OptionType where Value == Readiness {
    /// When a started process counts as RUNNING.
    static var readiness: OptionType {
        let expected = "startsecs, notify, fd:3 (or another descriptor), line:pattern, " + probeForms
        return OptionType(
            "readiness", expected: expected, words: ["startsecs", "notify"],
            parse: { (text, context) throws(ValueError) in
                if text == "startsecs" { return .uptime }
                if text == "notify" { return .notify }
                if text.hasPrefix("fd:") { return .descriptor(try descriptor(text)) }
                if text.hasPrefix("line:") {
                    guard text != "line:" else { throw ValueError("\(quoted(text)) has no pattern") }
                    return .line(String(text.dropFirst(5)))
                }
                if let probe = try Probe(text, context) { return .probe(probe) }
                throw refusal(of: text, expected)
            }, value: { .text($0.text) })
    }

    private static func descriptor(_ text: String) throws(ValueError) -> Int32 {
        guard let number = parseInteger(text.dropFirst(3)), (3...255).contains(number) else {
            throw ValueError("the descriptor of \(quoted(text)) is not a number from 3 to 255")
        }
        return Int32(number)
    }

    private static func refusal(of text: String, _ expected: String) -> ValueError {
        var error = Probe.mismatch(text, expected, words: ["startsecs", "notify", "fd:", "line:"])
        let others = ["sd_notify": "notify", "sdnotify": "notify", "systemd": "notify", "uptime": "startsecs"]
        if let word = others[text.lowercased()] { error.hint = "did you mean \(word)?" }
        if text.lowercased() == "heartbeat" { error.hint = "that is for health; write notify here" }
        return error
    }
}

extension OptionType where Value == HealthConfig.Check {
    /// How a running process is watched.
    static var healthCheck: OptionType {
        let expected = "heartbeat, " + probeForms
        return OptionType(
            "health check", expected: expected, words: ["heartbeat"],
            parse: { (text, context) throws(ValueError) in
                if text == "heartbeat" { return .heartbeat }
                if let probe = try Probe(text, context) { return .probe(probe) }
                throw refusal(of: text, expected)
            }, value: { .text($0.text) })
    }

    private static func refusal(of text: String, _ expected: String) -> ValueError {
        var error = Probe.mismatch(text, expected, words: ["heartbeat"])
        if ["watchdog", "notify", "sd_notify"].contains(text.lowercased()) { error.hint = "did you mean heartbeat?" }
        if ["startsecs", "line:", "fd:"].contains(where: { text.hasPrefix($0) }) {
            error.hint = "that is for ready; it tells nothing of a process that runs"
        }
        return error
    }
}
