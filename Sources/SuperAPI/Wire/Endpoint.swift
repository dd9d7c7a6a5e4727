/// One request of the control API: a value whose stored properties are the request's fields.
///
/// The server's routing, the client's encoding, the OpenAPI document and the reference page all come from this declaration.
public protocol Endpoint: Documented {
    /// What the answer holds; of a stream, what one of its events holds.
    associatedtype Response: Documented

    static var method: Method { get }
    /// `{field}` stands for a field of that name.
    static var path: String { get }
    /// One sentence without its full stop.
    static var summary: String { get }
    /// What else a caller must know; may be empty.
    static var notes: String { get }
    /// Whether the answer is a stream of server-sent events that ends when the reader leaves.
    static var isStream: Bool { get }
    /// Whether anybody may ask, without credentials.
    static var isPublic: Bool { get }
    /// The request among all others, for an exhaustive `switch`.
    var call: ControlCall { get }
}

extension Endpoint {
    public static var notes: String { "" }
    public static var isStream: Bool { false }
    public static var isPublic: Bool { false }

    /// The answer to this request.
    public func answer(_ response: Response) -> Answer {
        do {
            return Answer(status: 200, contentType: "application/json", body: try JSON.encode(response))
        } catch {
            return Problem(.internalError, error.description).answer
        }
    }

    /// One event of this stream.
    public func event(id: String? = nil, _ name: String, _ response: Response) throws(JSON.Failure) -> ServerSentEvent {
        ServerSentEvent(id: id, name: name, data: String(decoding: try JSON.encode(response), as: UTF8.self))
    }
}

extension Endpoint where Response == ActionResults {
    /// 200 if everything named is now as asked for; otherwise a problem that carries all results.
    public func answer(_ response: Response) -> Answer {
        guard let failure = response.results.first(where: \.isFailure) else {
            return Answer(status: 200, contentType: "application/json", body: (try? JSON.encode(response)) ?? [])
        }
        var problem = Problem(failure.code.problemKind, failure.sentence)
        problem.results = response.results
        return problem.answer
    }
}

/// A stream that a reader can take up again where it was cut off.
public protocol ResumableEndpoint: Endpoint {
    /// The id of the last event seen; nil begins anew.
    var after: String? { get set }
}

/// The methods that the API uses.
public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"

    /// Where the fields travel that are not part of the path.
    var hasBody: Bool { self == .post || self == .put }
}

/// An answer ready for the wire.
public struct Answer: Sendable, Hashable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
