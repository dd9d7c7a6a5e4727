import SuperBase

extension ControlAPI {
    /// Where the OpenAPI document is found.
    public static let openAPIPath = "/openapi.json"

    /// The API as an OpenAPI 3.1 document.
    public static func openAPI(version: String) throws(JSON.Failure) -> String {
        var schemas: [OptionValue.Entry] = []
        for type in documentedTypes() { schemas.append(.init(type.schemaName, try schema(of: type))) }
        let document: OptionValue = .map([
            .init("openapi", .text("3.1.0")),
            .init(
                "info",
                .map([
                    .init("title", .text("superd control API")), .init("version", .text(version)),
                    .init("summary", .text("Starts, stops and watches the processes of superd")),
                ])),
            .init("security", .list([.map([.init("basic", .list([]))]), .map([.init("bearer", .list([]))])])),
            .init("paths", .map(try paths())),
            .init(
                "components",
                .map([
                    .init("schemas", .map(schemas)),
                    .init(
                        "securitySchemes",
                        .map([
                            .init("basic", httpScheme("basic")), .init("bearer", httpScheme("bearer")),
                        ])),
                ])),
        ])
        return JSON.text(document, pretty: true) + "\n"
    }

    /// Every type that an answer holds, each once, the problem last.
    static func documentedTypes() -> [any Documented.Type] {
        var types: [any Documented.Type] = []
        func add(_ type: any Documented.Type) {
            guard !types.contains(where: { $0 == type }) else { return }
            types.append(type)
            for field in type.fields {
                switch field.type {
                case .object(let inner), .list(.object(let inner)): add(inner)
                case .string, .integer, .number, .boolean, .word, .list: break
                }
            }
        }
        for endpoint in endpoints { add(endpoint.responseType) }
        add(Problem.self)
        return types
    }

    /// The paths in the order of the list, the methods of one path together.
    private static func paths() throws(JSON.Failure) -> [OptionValue.Entry] {
        var paths: [(path: String, methods: [OptionValue.Entry])] = []
        for endpoint in endpoints {
            let entry = OptionValue.Entry(endpoint.method.rawValue.lowercased(), try operation(endpoint))
            if let index = paths.firstIndex(where: { $0.path == endpoint.path }) {
                paths[index].methods.append(entry)
            } else {
                paths.append((endpoint.path, [entry]))
            }
        }
        return paths.map { .init($0.path, .map($0.methods)) }
    }

    private static func operation(_ endpoint: any Endpoint.Type) throws(JSON.Failure) -> OptionValue {
        var entries: [OptionValue.Entry] = [
            .init("operationId", .text(endpoint.operationName)), .init("summary", .text(endpoint.summary)),
        ]
        if !endpoint.notes.isEmpty { entries.append(.init("description", .text(endpoint.notes))) }
        if endpoint.isPublic { entries.append(.init("security", .list([]))) }
        let parameters = endpoint.fields.filter { !endpoint.method.hasBody || endpoint.isInPath($0) }
        if !parameters.isEmpty {
            entries.append(.init("parameters", .list(parameters.map { parameter($0, of: endpoint) })))
        }
        let bodyFields = endpoint.fields.filter { endpoint.method.hasBody && !endpoint.isInPath($0) }
        if !bodyFields.isEmpty {
            let content: OptionValue = .map([
                .init("schema", schema(of: bodyFields)), .init("example", try endpoint.exampleBody()),
            ])
            entries.append(
                .init(
                    "requestBody",
                    .map([
                        .init("required", .boolean(bodyFields.contains(where: \.isRequired))),
                        .init("content", .map([.init("application/json", content)])),
                    ])))
        }
        entries.append(.init("responses", try responses(of: endpoint)))
        return .map(entries)
    }

    private static func responses(of endpoint: any Endpoint.Type) throws(JSON.Failure) -> OptionValue {
        let mediaType = endpoint.isStream ? ServerSentEvent.contentType : "application/json"
        let type = endpoint.responseType
        // An event stream is text; its schema is that of the data of one event.
        let success: OptionValue = .map([
            .init("schema", reference(type)), .init("example", try JSON.value(of: type.example)),
        ])
        let problem: OptionValue = .map([.init("schema", reference(Problem.self))])
        return .map([
            .init(
                "200",
                .map([
                    .init("description", .text(endpoint.isStream ? "Events, each with this data" : "Done")),
                    .init("content", .map([.init(mediaType, success)])),
                ])),
            .init(
                "default",
                .map([
                    .init("description", .text("Why it was not done")),
                    .init("content", .map([.init(Problem.contentType, problem)])),
                ])),
        ])
    }

    private static func parameter(_ field: Field, of endpoint: any Endpoint.Type) -> OptionValue {
        let isInPath = endpoint.isInPath(field)
        return .map([
            .init("name", .text(field.name)), .init("in", .text(isInPath ? "path" : "query")),
            .init("required", .boolean(isInPath || field.isRequired)),
            .init("description", .text(field.summary)), .init("schema", schema(of: field)),
        ])
    }

    private static func schema(of type: any Documented.Type) throws(JSON.Failure) -> OptionValue {
        guard case .map(let entries) = schema(of: type.fields) else { return .none }
        return .map(entries + [.init("examples", .list([try JSON.value(of: type.example)]))])
    }

    private static func schema(of fields: [Field]) -> OptionValue {
        .map([
            .init("type", .text("object")),
            .init("required", .list(fields.filter(\.isRequired).map { .text($0.name) })),
            .init(
                "properties",
                .map(
                    fields.map { field in
                        guard case .map(let entries) = schema(of: field) else { return .init(field.name, .none) }
                        return .init(field.name, .map(entries + [.init("description", .text(field.summary))]))
                    })),
        ])
    }

    private static func schema(of field: Field) -> OptionValue {
        guard case .map(let entries) = schema(of: field.type), case .defaulted(let value) = field.presence else {
            return schema(of: field.type)
        }
        return .map(entries + [.init("default", value)])
    }

    private static func schema(of type: FieldType) -> OptionValue {
        switch type {
        case .string: .map([.init("type", .text("string"))])
        case .integer: .map([.init("type", .text("integer"))])
        case .number(let limits):
            .map([
                .init("type", .text("integer")), .init("minimum", .integer(limits.lowerBound)),
                .init("maximum", .integer(limits.upperBound)),
            ])
        case .boolean: .map([.init("type", .text("boolean"))])
        case .word(let words):
            .map([.init("type", .text("string")), .init("enum", .list(words.map { .text($0) }))])
        case .list(let element): .map([.init("type", .text("array")), .init("items", schema(of: element))])
        case .object(let type): reference(type)
        }
    }

    private static func reference(_ type: any Documented.Type) -> OptionValue {
        .map([.init("$ref", .text("#/components/schemas/\(type.schemaName)"))])
    }

    private static func httpScheme(_ scheme: String) -> OptionValue {
        .map([.init("type", .text("http")), .init("scheme", .text(scheme))])
    }
}

extension Field {
    var isRequired: Bool {
        if case .required = presence { true } else { false }
    }
}

extension Endpoint {
    static var responseType: any Documented.Type { Response.self }

    /// The type's name with a small first letter.
    static var operationName: String { schemaName.prefix(1).lowercased() + schemaName.dropFirst() }

    static func isInPath(_ field: Field) -> Bool { path.contains("{\(field.name)}") }

    /// The body of the example.
    static func exampleBody() throws(JSON.Failure) -> OptionValue { try JSON.parse(example.encoded().body ?? []) }
}
