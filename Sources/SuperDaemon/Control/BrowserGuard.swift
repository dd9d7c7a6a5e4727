import SuperAPI
import SuperBase
import SuperHTTP

/// Keeps web pages from driving superd through the browser of someone who may.
///
/// A page can make a browser send requests to 127.0.0.1 (cross-site requests), and it can have its own host name resolve
/// there (DNS rebinding). A browser tells both: by `Origin` and `Sec-Fetch-Site`, and by a `Host` that is not ours. Unix
/// sockets are out of a browser's reach.
enum BrowserGuard {
    /// The problem of a request that a foreign page may have sent; nil lets it pass.
    static func problem(_ head: HTTPRequestHead, at server: ServerConfig) -> Problem? {
        guard case .inet(let ownHost, _) = server.address else { return contentProblem(head) }
        let host = head.headers["Host"] ?? ""
        let hasCredentials = server.username != nil || server.token != nil
        // Credentials protect from rebinding by themselves: a browser has none for the foreign name. Behind a proxy any
        // name may be right.
        guard hasCredentials || isOwn(hostName(host), ownHost: ownHost) else {
            return Problem(.forbidden, "the Host '\(host)' is not this server's; ask for it by its address")
        }
        if let origin = head.headers["Origin"], origin != "http://\(host)", origin != "https://\(host)" {
            return Problem(.forbidden, "pages of \(origin) may not use this server")
        }
        if let site = head.headers["Sec-Fetch-Site"], site != "same-origin", site != "none" {
            return Problem(.forbidden, "pages of other sites may not use this server")
        }
        return contentProblem(head)
    }

    /// JSON is a type that a page cannot send elsewhere without asking first.
    private static func contentProblem(_ head: HTTPRequestHead) -> Problem? {
        guard let type = head.headers["Content-Type"] else {
            let hasContent =
                head.headers.contains("Transfer-Encoding") || (head.headers["Content-Length"] ?? "0") != "0"
            return hasContent ? Problem(.unsupportedType, "say Content-Type: application/json") : nil
        }
        let media = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        return media == "application/json" ? nil : Problem(.unsupportedType, "expected application/json, not \(media)")
    }

    /// Whether the name cannot have been chosen by a stranger: an address in digits, this machine's own name for itself,
    /// or the one in the configuration.
    private static func isOwn(_ name: String, ownHost: String) -> Bool {
        let name = name.lowercased()
        let isAddress =
            name.hasPrefix("[") || (!name.isEmpty && name.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." })
        return isAddress || name == "localhost" || name.hasSuffix(".localhost") || name == ownHost.lowercased()
    }

    /// `Host` without its port.
    private static func hostName(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.prefix { $0 != "]" }) + "]" }
        return String(host.prefix { $0 != ":" })
    }
}
