import SuperBase

extension InetAddress {
    /// Reads `host:port` as URLs have it, where an IPv6 address stands in brackets. `whole` is the value for messages.
    init(endpoint text: Substring, of whole: String) throws(ValueError) {
        let bytes = text.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes.last != UInt8(ascii: "]") else {
            throw ValueError("\(quoted(whole)) names no port", hint: "write it after the host, such as 127.0.0.1:8000")
        }
        let digits = text[bytes.index(after: colon)...]
        var host = text[..<colon].lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.utf8.contains(UInt8(ascii: ":")), host.utf8.allSatisfy(Self.isInIPv6) else {
                throw ValueError("the brackets of \(quoted(whole)) hold no IPv6 address")
            }
        } else if host.utf8.contains(UInt8(ascii: ":")) {
            throw ValueError(
                "the host of \(quoted(whole)) holds a colon",
                hint: "an IPv6 address stands in brackets, as in [::1]:8000")
        } else if host != "*" {
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isInHostName) else {
                throw ValueError(
                    "\(quoted(whole)) has no host before its port", hint: "write 127.0.0.1 for this machine")
            }
        }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            throw ValueError("the port of \(quoted(whole)) is not a number from 1 to 65535")
        }
        self.init(host: host == "*" ? "" : host, port: port)
    }

    /// Reads where to connect to: an address, but not every address.
    init(peer text: Substring, of whole: String) throws(ValueError) {
        try self.init(endpoint: text, of: whole)
        guard !host.isEmpty else {
            throw ValueError(
                "nobody can connect to the * of \(quoted(whole))", hint: "write 127.0.0.1 for this machine")
        }
    }

    private static func isInIPv6(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func isInHostName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// The path of a socket file from the part of a URL after `unix://`. `whole` is the value for messages.
func socketPath(_ text: some StringProtocol, of whole: String, _ context: ValueContext) throws(ValueError) -> String {
    guard text.utf8.first == UInt8(ascii: "/") else {
        throw ValueError("the path of \(quoted(whole)) is not absolute", hint: "write unix:/// and the path")
    }
    let path = context.normalized(String(text))
    // The kernel has room for 108 bytes with the zero at the end.
    guard path.utf8.count < 108 else { throw ValueError("the path of \(quoted(whole)) is longer than 107 bytes") }
    guard path.utf8.last != UInt8(ascii: "/") else { throw ValueError("the path of \(quoted(whole)) names no file") }
    return path
}
