internal import SuperBase
internal import SuperHTTP
internal import SuperOS
internal import SuperWebCore

/// What superweb serves without a folder: a page about itself at `/`, and `ok` at `/healthz`.
final class StatusPage: WebApplication {
    private let name: String
    private let pid: Int32
    private let start: Instant
    private var served = 0

    init(name: String, pid: Int32, at start: Instant) {
        self.name = name
        self.pid = pid
        self.start = start
    }

    var wantsContent: Bool { false }

    func respond(to request: WebRequest, id: RequestID) -> WebReply {
        served += 1
        guard request.head.method == .get || request.head.method == .head else { return .answer(.methodNotAllowed) }
        switch HTTPTarget(request.head.target).path {
        case "/":
            return .answer(
                WebResponse(
                    .ok, headers: ["Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"],
                    body: .bytes(page())))
        case "/healthz": return .answer(.text(.ok, "ok"))
        default: return .answer(.refusal(.notFound))
        }
    }

    private func page() -> [UInt8] {
        let uptime = (Clock.now() - start).components.seconds
        var page: [UInt8] = []
        page.reserveCapacity(2_048)
        page.append(contentsOf: StatusPage.top.utf8)
        for (label, value) in [
            ("process", StatusPage.escaped(name)), ("pid", String(pid)), ("uptime", StatusPage.words(uptime)),
            ("requests served", String(served)),
        ] {
            page.append(contentsOf: "<dt>\(label)</dt><dd>\(value)</dd>".utf8)
        }
        page.append(contentsOf: StatusPage.bottom.utf8)
        return page
    }

    /// `2 d 03:04:05`
    private static func words(_ seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        return seconds >= 86_400 ? "\(seconds / 86_400) d \(clock)" : clock
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
    }

    private static let top = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>superweb is running</title>
        <style>
        :root { color-scheme: light dark; --line: #d8dde3; --soft: #66717d; --good: #1a9c5b; --back: #f5f7f9; --card: #fff; }
        @media (prefers-color-scheme: dark) { :root { --line: #2d353e; --soft: #93a0ad; --back: #12161b; --card: #1a2027; } }
        * { box-sizing: border-box; margin: 0; }
        body { min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back);
        font: 16px/1.5 system-ui, sans-serif; }
        main { width: min(30rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line);
        border-radius: 14px; }
        h1 { font-size: 1.35rem; font-weight: 650; display: flex; align-items: center; gap: .6rem; }
        h1::before { content: ""; width: .7rem; height: .7rem; border-radius: 50%; background: var(--good); }
        p { margin: .4rem 0 1.4rem; color: var(--soft); }
        dl { display: grid; grid-template-columns: auto 1fr; gap: .55rem 1.5rem; border-top: 1px solid var(--line);
        padding-top: 1.2rem; }
        dt { color: var(--soft); }
        dd { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        code { font-size: .9em; }
        </style>
        </head>
        <body>
        <main>
        <h1>superweb is running</h1>
        <p>It serves this page since no folder was given: <code>superweb FOLDER</code></p>
        <dl>
        """

    private static let bottom = "</dl>\n</main>\n</body>\n</html>\n"
}

extension WebResponse {
    /// The answer to a method other than those that only read.
    static var methodNotAllowed: WebResponse {
        var response = WebResponse.refusal(.methodNotAllowed)
        response.headers.add("Allow", "GET, HEAD")
        return response
    }
}
