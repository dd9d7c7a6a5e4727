import SuperBase
import SuperOS
import Testing

/// A request for `/bin/sh -c SCRIPT`, with `/dev/null` as its input and the test's own output and errors.
func shell(_ script: String, _ configure: (inout SpawnRequest) -> Void = { _ in }) throws -> SpawnRequest {
    var request = SpawnRequest(
        executable: "/bin/sh", arguments: ["sh", "-c", script],
        environment: [EnvironmentVariable("PATH", "/usr/local/bin:/usr/bin:/bin")],
        descriptors: [try Descriptor.open("/dev/null", .readOnly), .standardOutput, .standardError])
    configure(&request)
    return request
}

/// `Testing` has an `ExitStatus` too.
typealias Status = SuperBase.ExitStatus

/// What a child that ended has left: its output up to the end, and its status.
struct Outcome: Equatable {
    var output: String
    var status: Status

    /// The output without its last line feed.
    var line: String { output.hasSuffix("\n") ? String(output.dropLast()) : output }
}

/// Starts a child with a pipe as its output and waits for its end.
func run(_ request: SpawnRequest) throws -> Outcome {
    let (pid, output) = try start(request)
    let text = String(decoding: try output.readAll(limit: 1 << 20), as: UTF8.self)
    return Outcome(output: text, status: try end(of: pid))
}

/// Starts a child with a pipe as its output, of which only the child has the write end.
func start(_ request: SpawnRequest) throws -> (pid: Int32, output: Descriptor) {
    let pipe = try Pipe()
    var request = request
    request.descriptors[1] = pipe.writeEnd
    return (try spawn(request), pipe.readEnd)
}

func run(_ script: String, _ configure: (inout SpawnRequest) -> Void = { _ in }) throws -> Outcome {
    try run(shell(script, configure))
}

/// Waits for the end of a child.
func end(of pid: Int32) throws -> Status {
    guard case .reaped(let child) = try reapChild(pid, waits: true) else { throw Missing(what: "child \(pid)") }
    return child.status
}

/// Something that a test counted on was not there.
struct Missing: Error {
    var what: String
}

/// The user without rights, in every Linux the highest number of 16 bits but one.
let nobody = ProcessSpec.Identity(user: 65_534, group: 65_534, groups: [65_534])
