import CSuperOS
import Glibc
public import SuperBase

/// A child to start.
public struct SpawnRequest: Sendable {
    /// Which process group and session the child belongs to.
    public enum Grouping: Sendable {
        case sameAsParent
        /// It leads a process group of its own in the parent's session.
        case newGroup
        /// It leads a session, and in it a process group, without a terminal.
        case newSession
    }

    /// The file to execute: absolute, or relative to `directory`. PATH is not searched (see `findExecutable`).
    public var executable: String
    /// With the program's own name, as written, first.
    public var arguments: [String]
    /// Complete; nothing is inherited beside it.
    public var environment: [EnvironmentVariable]
    /// What the child has under the numbers 0, 1, 2 and so on; nothing under the number of a nil. All its other descriptors are closed.
    public var descriptors: [Descriptor?]
    /// Nil keeps the parent's.
    public var directory: String?
    /// Nil keeps the parent's.
    public var umask: UInt32?
    /// Nil keeps the parent's.
    public var identity: ProcessSpec.Identity?
    public var grouping = Grouping.newGroup
    /// The child's limit of open files; nil keeps the parent's.
    public var openFiles: ResourceLimit?
    /// The signal that the child gets when the *thread* that starts it ends, however that happens.
    public var deathSignal: Signal?
    /// The names of variables that tell the child its own pid, such as `LISTEN_PID`.
    public var pidVariables: [String] = []

    public init(
        executable: String, arguments: [String], environment: [EnvironmentVariable], descriptors: [Descriptor?]
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }

    /// The child that a spec describes, in a process group of its own.
    public init(_ spec: ProcessSpec, descriptors: [Descriptor?]) {
        self.init(
            executable: spec.executable, arguments: spec.arguments, environment: spec.environment,
            descriptors: descriptors)
        directory = spec.directory
        umask = spec.umask
        identity = spec.identity
        pidVariables = spec.pidVariables
    }
}

/// Starts a child and returns its pid once it executes its program.
///
/// Signals that the parent ignores or blocks have their default in the child. The parent's thread stands still
/// meanwhile, for less than 100 µs unless the disk is slow. A child that fails is reaped here and nowhere else seen;
/// no other thread may be waiting for children of any pid.
public func spawn(_ request: SpawnRequest) throws(SpawnError) -> Int32 {
    guard let arguments = CStrings(request.arguments), let environment = environment(of: request),
        !request.executable.utf8.contains(0), !(request.directory?.utf8.contains(0) ?? false)
    else { throw request.failure(.executing, .invalidArgument) }
    // The kernel copies the descriptors in the child; until then they must stay open.
    defer { withExtendedLifetime(request.descriptors) {} }
    var numbers = request.descriptors.map { $0?.number ?? -1 }
    let groups = request.identity?.groups ?? []
    let result = withOptionalCString(request.directory) { directory in
        request.executable.withCString { executable in
            arguments.withPointers { arguments in
                environment.strings.withPointers { environmentPointers in
                    numbers.withUnsafeMutableBufferPointer { numbers in
                        groups.withUnsafeBufferPointer { groups in
                            var raw = request.raw(directory: directory, executable: executable)
                            raw.arguments = UnsafePointer(arguments)
                            raw.environment = UnsafePointer(environmentPointers)
                            raw.groups = groups.baseAddress
                            raw.group_count = groups.count
                            raw.descriptors = numbers.baseAddress
                            raw.descriptor_count = numbers.count
                            let pidTexts = environment.pidOffsets.enumerated().map { index, offset in
                                environmentPointers[index]?.advanced(by: offset)
                            }
                            return pidTexts.withUnsafeBufferPointer { texts in
                                raw.pid_texts = texts.baseAddress
                                raw.pid_text_count = texts.count
                                return superos_spawn(&raw)
                            }
                        }
                    }
                }
            }
        }
    }
    guard let stage = SpawnError.Stage(rawValue: UInt8(result.stage.rawValue)) else { return result.pid }
    throw request.failure(stage, Errno(rawValue: result.error))
}

/// The environment, headed by the variables that the child writes its pid into, each with the place of its text.
private func environment(of request: SpawnRequest) -> (strings: CStrings, pidOffsets: [Int])? {
    let names = request.pidVariables
    // The digits of any pid and the zero byte, which the child writes after them.
    let room = names.map { EnvironmentVariable($0, "0000000000") }
    let rest = names.isEmpty ? request.environment : request.environment.filter { !names.contains($0.name) }
    return CStrings(room + rest).map { ($0, names.map { $0.utf8.count + 1 }) }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    text.map { $0.withCString(body) } ?? body(nil)
}

extension SpawnRequest {
    fileprivate func failure(_ stage: SpawnError.Stage, _ errno: Errno) -> SpawnError {
        SpawnError(stage: stage, errno: errno, executable: executable, directory: directory, identity: identity)
    }

    /// Everything but the arrays.
    fileprivate func raw(
        directory: UnsafePointer<CChar>?, executable: UnsafePointer<CChar>
    ) -> superos_spawn_request {
        var raw = superos_spawn_request()
        raw.executable = executable
        raw.directory = directory
        raw.umask = umask.map(Int32.init) ?? -1
        if let identity {
            raw.has_identity = true
            raw.user = identity.user
            raw.group = identity.group
        }
        raw.grouping =
            switch grouping {
            case .sameAsParent: SUPEROS_GROUP_OF_PARENT
            case .newGroup: SUPEROS_NEW_GROUP
            case .newSession: SUPEROS_NEW_SESSION
            }
        if let openFiles {
            raw.has_descriptor_limit = true
            raw.descriptor_limit = openFiles.raw
        }
        raw.death_signal = deathSignal?.rawValue ?? 0
        return raw
    }
}
