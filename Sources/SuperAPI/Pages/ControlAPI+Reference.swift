import SuperBase

extension ControlAPI {
    /// The page docs/reference/control-api.md.
    public static func referencePage() throws(JSON.Failure) -> String {
        var page = referenceHead
        for endpoint in endpoints { page += try section(endpoint) }
        page += "## Answers\n"
        for type in documentedTypes() where type != Problem.self { page += section(type) }
        page += "\n## Problems\n\n" + referenceProblems
        page += "\n```json\n" + JSON.text(try JSON.value(of: Problem.example), pretty: true) + "\n```\n\n"
        page += table(Problem.fields)
        return page
    }

    private static let referenceHead = """
        <!-- Made from the declarations in Sources/SuperAPI. Do not edit. -->

        # The control API

        superd answers HTTP/1.1 with JSON on every endpoint of the configuration: on the socket of `[unix_http_server]` and on
        the port of `[inet_http_server]`. superctl uses nothing else.

        ```sh
        curl --unix-socket /run/superd.sock http://localhost/v1/processes
        curl --unix-socket /run/superd.sock http://localhost/v1/processes/restart --json '{"select": ["web:*"]}'
        curl --no-buffer --unix-socket /run/superd.sock 'http://localhost/v1/logs/follow?select=web:*'
        ```

        - Fields of a `GET` or `DELETE` stand in the query, a list as a repeated key; those of a `POST` or `PUT` in a JSON object,
          sent as `application/json`. Unknown fields are refused.
        - Commands can be repeated: starting what is up, stopping what is down and adding what is there change nothing and are
          no failures. The answer is 200 when everything named is as asked for, otherwise a problem with one result for each
          process.
        - A client that leaves does not take its command back.
        - Streams are server-sent events. Each event has an id; send the last one as `Last-Event-ID` to go on after it. A reader
          that is too slow is told so in a comment, and the stream ends.
        - Credentials are HTTP basic or bearer, as the configuration says. A Unix socket without them lets in root, superd's own
          user, the socket's owner and whom its mode lets write. `/healthz` and `/readyz` need none.
        - Requests that a web page in a browser sends elsewhere are refused by their `Host`, `Origin` and content type.
        - `GET /openapi.json` gives this page for programs.

        ## Requests


        """

    private static let referenceProblems = """
        What was not done is answered as `application/problem+json` (RFC 9457).

        | kind | status | title |
        | --- | --- | --- |

        """
        + Problem.Kind.allCases.map { "| `\($0.rawValue)` | \($0.status) | \(Problem($0, "").title) |\n" }.joined()

    private static func section(_ endpoint: any Endpoint.Type) throws(JSON.Failure) -> String {
        let request = try endpoint.example.encoded()
        var text = "### \(endpoint.method.rawValue) \(endpoint.path)\n\n\(endpoint.summary).\n"
        if !endpoint.notes.isEmpty { text += "\(endpoint.notes)\n" }
        text += "\n" + (endpoint.fields.isEmpty ? "" : table(endpoint.fields) + "\n")
        text += "```http\n\(request.method.rawValue) \(request.target) HTTP/1.1\n"
        if let body = request.body, !endpoint.fields.isEmpty {
            text += "Content-Type: application/json\n\n\(String(decoding: body, as: UTF8.self))\n"
        }
        text += "```\n\n"
        let kind = endpoint.isStream ? "Each event holds" : "Answers"
        text += "\(kind) [\(endpoint.responseType.schemaName)](#\(endpoint.responseType.schemaName.lowercased())).\n\n"
        return text
    }

    private static func section(_ type: any Documented.Type) -> String {
        let example = (try? JSON.text(JSON.value(of: type.example), pretty: true)) ?? ""
        return "\n### \(type.schemaName)\n\n\(table(type.fields))\n```json\n\(example)\n```\n"
    }

    private static func table(_ fields: [Field]) -> String {
        "| field | type | |\n| --- | --- | --- |\n"
            + fields.map { field in
                let presence =
                    switch field.presence {
                    case .required: ""
                    case .optional: " (may be left out)"
                    case .defaulted(let value): " (`\(JSON.text(value))` if left out)"
                    }
                return "| `\(field.name)` | \(field.type.phrase) | \(field.summary)\(presence) |\n"
            }.joined()
    }
}
