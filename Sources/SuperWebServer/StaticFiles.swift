internal import SuperBase
internal import SuperHTTP
public import SuperOS
public import SuperWebCore

extension Descriptor: WebFile {}

/// Serves the files of a folder. What a request may name is decided by `StaticPath`, what it gets by `FileAnswer`.
final class StaticFiles: WebApplication {
    private let root: String

    /// The path is looked up for each request, so that a link that is set to a new release takes effect at once.
    init(root: String) {
        self.root = root
    }

    var wantsContent: Bool { false }

    func respond(to request: WebRequest, id: RequestID) -> WebReply {
        guard request.head.method == .get || request.head.method == .head else { return .answer(.methodNotAllowed) }
        let target = HTTPTarget(request.head.target)
        do {
            return .answer(try answer(request.head, StaticPath(target), target))
        } catch let refusal as StaticPath.Refusal {
            return .answer(.refusal(refusal.status))
        } catch let error as SystemError {
            return .answer(.refusal(StaticFiles.status(of: error)))
        } catch {
            return .answer(.refusal(.internalServerError))
        }
    }

    private func answer(
        _ request: HTTPRequestHead, _ place: StaticPath, _ target: HTTPTarget
    ) throws -> WebResponse {
        let path = place.path.isEmpty ? root : "\(root)/\(place.path)"
        let (file, status) = try open(path)
        switch (status.kind, place.namesFolder) {
        case (.directory, false):
            var response = WebResponse.refusal(.movedPermanently)
            response.headers.add("Location", place.locationWithSlash(query: target.query))
            return response
        case (.directory, true):
            let (index, status) = try open("\(path)/index.html")
            return status.kind == .regular ? answer(request, index, status, name: "index.html") : .refusal(.notFound)
        case (.regular, false): return answer(request, file, status, name: path)
        default: return .refusal(.notFound)
        }
    }

    private func answer(
        _ request: HTTPRequestHead, _ file: Descriptor, _ status: FileStatus, name: String
    ) -> WebResponse {
        let facts = FileFacts(
            size: Int(status.size), modifiedSeconds: status.modified.seconds,
            modifiedNanoseconds: Int64(status.modified.nanoseconds))
        let answer = FileAnswer(request, facts: facts, contentType: ContentType.ofFile(name))
        return WebResponse(
            answer.status, headers: answer.headers, body: answer.range.map { .file(file, $0) } ?? .none)
    }

    /// Opens without waiting: a named pipe without a writer would hold up every client.
    private func open(_ path: String) throws(SystemError) -> (Descriptor, FileStatus) {
        let file = try Descriptor.open(path, [.readOnly, .nonBlocking])
        return (file, try file.status())
    }

    /// A shortage of ours passes; anything else that keeps a file from being opened makes it one that is not there.
    private static func status(of error: SystemError) -> HTTPStatus {
        switch error.errno {
        case .accessDenied, .notPermitted: .forbidden
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .outOfMemory: .serviceUnavailable
        default: .notFound
        }
    }
}
