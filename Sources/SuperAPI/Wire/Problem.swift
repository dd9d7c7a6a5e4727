/// Why a request was not carried out, as `application/problem+json` (RFC 9457).
public struct Problem: Documented, Error, Hashable {
    /// The kinds of problem; each has a status and a title.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case badRequest = "bad-request"
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case conflict
        case tooLarge = "too-large"
        case unsupportedType = "unsupported-type"
        case badConfiguration = "bad-configuration"
        case internalError = "internal-error"
        case shuttingDown = "shutting-down"
        case timedOut = "timed-out"

        /// The status of the answer.
        public var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflict: 409
            case .tooLarge: 413
            case .unsupportedType: 415
            case .badConfiguration: 422
            case .internalError: 500
            case .shuttingDown: 503
            case .timedOut: 504
            }
        }

        var title: String {
            switch self {
            case .badRequest: "The request cannot be understood"
            case .unauthorized: "Credentials are missing or wrong"
            case .forbidden: "The caller may not do this"
            case .notFound: "There is no such thing"
            case .methodNotAllowed: "The path is known, the method is not"
            case .conflict: "The state does not allow it"
            case .tooLarge: "The request is too large"
            case .unsupportedType: "The body is not of the type expected"
            case .badConfiguration: "The configuration has errors"
            case .internalError: "superd made an error"
            case .shuttingDown: "superd is shutting down"
            case .timedOut: "It did not happen in time"
            }
        }
    }

    /// `urn:superd:problem:` and the kind.
    public var type: String
    public var title: String
    public var status: Int
    /// What is wrong with this very request.
    public var detail: String
    /// What a command did to each process, where one was carried out.
    public var results: [ActionResult]?
    /// What is wrong with the configuration, where that is the problem.
    public var diagnostics: [DiagnosticInfo]?

    private static let typePrefix = "urn:superd:problem:"

    public init(_ kind: Kind, _ detail: String) {
        type = Problem.typePrefix + kind.rawValue
        title = kind.title
        status = kind.status
        self.detail = detail
    }

    /// The problem of a request about one thing that came to this.
    public init(_ result: ActionResult) {
        self.init(result.code.problemKind, result.sentence)
        results = [result]
    }

    /// Nil for a kind that a newer superd may have.
    public var kind: Kind? {
        type.hasPrefix(Problem.typePrefix) ? Kind(rawValue: String(type.dropFirst(Problem.typePrefix.count))) : nil
    }

    public var answer: Answer {
        let body = (try? JSON.encode(self)) ?? []
        return Answer(status: status, contentType: Problem.contentType, body: body)
    }

    /// The media type of problems.
    public static let contentType = "application/problem+json"

    public static let fields: [Field] = [
        Field(
            "type", .string,
            "The kind of problem: `urn:superd:problem:` and one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))"
        ),
        Field("title", .string, "The kind of problem in words"),
        Field("status", .integer, "The status of the answer"),
        Field("detail", .string, "What is wrong with this very request"),
        Field("results", .list(.object(ActionResult.self)), .optional, "What the command did to each process"),
        Field("diagnostics", .list(.object(DiagnosticInfo.self)), .optional, "What is wrong with the configuration"),
    ]

    public static var example: Problem {
        var problem = Problem(.notFound, "nosuch: no such process")
        problem.results = [ActionResult("nosuch", .start, .noSuchProcess)]
        problem.diagnostics = [.example]
        return problem
    }
}
