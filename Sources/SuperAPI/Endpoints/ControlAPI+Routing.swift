internal import SuperBase

extension ControlAPI {
    /// Reads a request: finds the endpoint of the method and path, fills in defaults and checks every field.
    ///
    /// `lastEventID` is the header of that name, by which a browser resumes a stream.
    public static func read(
        method: String, target: String, body: [UInt8], lastEventID: String? = nil
    ) throws(Problem) -> ControlCall {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0]
        let known = routes.filter { $0.parameters(of: path) != nil }
        guard let route = known.first(where: { $0.endpoint.method.rawValue == method }) else {
            guard !known.isEmpty else { throw Problem(.notFound, "there is no \(path)") }
            let methods = known.map { $0.endpoint.method.rawValue }.joined(separator: ", ")
            throw Problem(.methodNotAllowed, "\(path) knows \(methods)")
        }
        let endpoint = route.endpoint
        let parameters = route.parameters(of: path) ?? []
        var values = parameters.map { OptionValue.Entry($0.key, .text($0.value)) }
        if endpoint.method.hasBody {
            guard parts.count == 1 || parts[1].isEmpty else {
                throw Problem(.badRequest, "fields of a \(method) belong into the body")
            }
            values += try bodyFields(body)
        } else {
            values += try queryFields(parts.count > 1 ? parts[1] : "", of: endpoint)
        }
        if let lastEventID, endpoint.isStream, !values.contains(where: { $0.key == "after" }) {
            values.append(.init("after", .text(lastEventID)))
        }
        return try endpoint.make(from: values)
    }

    /// The methods that the path knows, for the header `Allow`.
    public static func methods(of path: some StringProtocol) -> [Method] {
        let path = path.prefix { $0 != "?" }
        return routes.filter { $0.parameters(of: path) != nil }.map { $0.endpoint.method }
    }

    /// Whether anybody may ask for this path, without credentials.
    public static func isPublic(_ target: some StringProtocol) -> Bool {
        let path = target.prefix { $0 != "?" }
        return routes.contains { $0.endpoint.isPublic && $0.parameters(of: path) != nil }
    }

    /// An endpoint with its path cut into segments; those of literal segments come first, so that they win over parameters.
    private struct Route {
        let endpoint: any Endpoint.Type
        let segments: [Substring]

        /// The decoded values of the segments that stand for fields, if the path is this endpoint's.
        func parameters(of path: some StringProtocol) -> [(key: String, value: String)]? {
            let given = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            guard given.count == segments.count else { return nil }
            var parameters: [(String, String)] = []
            for (pattern, text) in zip(segments, given) {
                if let name = parameterName(pattern) {
                    guard let value = percentDecoded(text, plusIsBlank: false), !value.isEmpty else { return nil }
                    parameters.append((name, value))
                } else if pattern != text {
                    return nil
                }
            }
            return parameters
        }
    }

    private static let routes: [Route] =
        endpoints
        .map { Route(endpoint: $0, segments: $0.path.split(separator: "/")) }
        .sorted { a, b in !a.endpoint.path.contains("{") && b.endpoint.path.contains("{") }

    private static func bodyFields(_ body: [UInt8]) throws(Problem) -> [OptionValue.Entry] {
        guard !body.isEmpty else { return [] }
        do {
            if case .map(let entries) = try JSON.parse(body) { return entries }
        } catch {
            throw Problem(.badRequest, "the body is no JSON that superd reads: \(error)")
        }
        throw Problem(.badRequest, "the body is not a JSON object")
    }

    private static func queryFields(
        _ query: some StringProtocol, of endpoint: any Endpoint.Type
    ) throws(Problem) -> [OptionValue.Entry] {
        var texts: [(key: String, values: [String])] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = percentDecoded(parts[0], plusIsBlank: true),
                let value = percentDecoded(parts.count > 1 ? parts[1] : "", plusIsBlank: true)
            else { throw Problem(.badRequest, "broken escape in '\(pair)'") }
            if let index = texts.firstIndex(where: { $0.key == key }) {
                texts[index].values.append(value)
            } else {
                texts.append((key, [value]))
            }
        }
        var entries: [OptionValue.Entry] = []
        for (key, values) in texts {
            // An unknown key is kept as it is, for the one place that complains about unknown fields.
            let type = endpoint.fields.first { $0.name == key }?.type ?? .list(.string)
            guard let value = type.read(values) else {
                throw Problem(.badRequest, "\(key): expected \(type.phrase), not '\(values.joined(separator: ", "))'")
            }
            entries.append(.init(key, value))
        }
        return entries
    }
}

extension Endpoint {
    /// The request out of its fields, each given once and of its type; those left out have their defaults.
    static func make(from values: [OptionValue.Entry]) throws(Problem) -> ControlCall {
        for entry in values {
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                let known =
                    fields.isEmpty ? "there are none" : "known are " + fields.map(\.name).joined(separator: ", ")
                throw Problem(.badRequest, "unknown field '\(entry.key)'; \(known)")
            }
            guard values.filter({ $0.key == entry.key }).count == 1 else {
                throw Problem(.badRequest, "\(entry.key) is given twice")
            }
            guard field.type.accepts(entry.value) || entry.value == .none else {
                throw Problem(.badRequest, "\(entry.key): expected \(field.type.phrase)")
            }
        }
        var complete = values.filter { $0.value != .none }
        for field in fields where !complete.contains(where: { $0.key == field.name }) {
            switch field.presence {
            case .optional: break
            case .defaulted(let value): complete.append(.init(field.name, value))
            case .required: throw Problem(.badRequest, "\(field.name) is missing: \(field.type.phrase)")
            }
        }
        do {
            return try JSON.decode(Self.self, from: Array(JSON.text(.map(complete)).utf8)).call
        } catch {
            throw Problem(.badRequest, error.description)
        }
    }
}
