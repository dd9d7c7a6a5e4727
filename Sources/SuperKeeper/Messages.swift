public import SuperBase

/// The protocol between keeper and brain, in both directions.
///
/// Each message is one packet of a `SOCK_SEQPACKET` pair: a byte that says which, its fields as `ByteWriter` writes them, and descriptors
/// beside it. A new kind gets a new number and numbers are never reused, because keeper and brain may be of different versions during an
/// upgrade: either ignores a kind that it does not know.
public enum KeeperProtocol {
    /// Grows when there is more that a brain can ask for; told in `KeeperMessage.welcome`, because a keeper may be older than its brain.
    ///
    /// Since 2 a spawn says of sockets, a pipe for readiness and variables with the pid, and there are `together` and `adopt`. A keeper of
    /// version 1 passes over all of these.
    public static let version: UInt32 = 2
}

/// A pipe between a process and us, named from the process's side: the three standard streams, and the one on which it says that it is
/// ready, whatever number that has in the process.
public enum StandardStream: UInt8, Sendable, Hashable, CaseIterable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
    case readiness = 3
}

/// What is to lie under a key at the keeper from now on.
public struct RecordChange: Sendable, Hashable {
    public var key: String
    /// Nil: nothing.
    public var bytes: [UInt8]?

    public init(key: String, bytes: [UInt8]?) {
        self.key = key
        self.bytes = bytes
    }
}

/// What the brain says.
public enum BrainMessage: Sendable, Hashable {
    /// Start a process. A generation that the keeper has seen is not started again.
    case spawn(generation: UInt64, ProcessSpec)
    /// Signal a process, or its whole process group, unless it has been reaped.
    case signal(generation: UInt64, Signal, toGroup: Bool)
    /// The exit of this process is dealt with and recorded; the keeper may forget it.
    case acknowledge(generation: UInt64)
    /// Our end of this stream is no longer needed.
    case close(generation: UInt64, StandardStream)
    /// Keep these bytes under this key for the next brain; replaces what was there.
    case record(key: String, bytes: [UInt8])
    /// Keep no bytes under this key.
    case forget(key: String)
    /// Change several records at once: the next brain finds all of the changes or, where this brain ends before it has sent them, none.
    case together([RecordChange])
    /// Keep the one descriptor that comes with it under this key for the next brain.
    case hold(key: String)
    /// Close the descriptor under this key.
    case release(key: String)
    /// superd runs: whoever waits for its start may be told.
    case ready
    /// Everything is done: exit with this code.
    case exit(code: Int32)
    /// The answer to a ping.
    case pong(number: UInt64)
    /// What follows from this signal is recorded; the keeper need not tell another brain of it.
    case took(Signal)
    /// From now on this run is the process of this pid, a descendant of the keeper's: signals go to it, and its end is the run's. An end
    /// that was told and is not acknowledged was none. A pid that is none of the run's changes nothing and is reported in a line for the log.
    case adopt(generation: UInt64, pid: Int32)
}

/// What the keeper says.
public enum KeeperMessage: Sendable, Hashable {
    /// The first message to every brain. `brains`: how many there were before it; `lastGeneration`: the highest that a spawn had so far.
    case welcome(version: UInt32, pid: Int32, brains: UInt32, lastGeneration: UInt64)
    /// Bytes that an earlier brain left.
    case record(key: String, bytes: [UInt8])
    /// A descriptor that an earlier brain left; it comes with the message.
    case held(key: String)
    /// A process that was started and not yet acknowledged as ended. Its open streams come with the message, in order of number.
    case child(ChildFact)
    /// What is left of a process whose end was acknowledged: open streams, which come with the message as above.
    case remains(ChildFact)
    /// All that there is has been told.
    case inventoryEnd
    /// A process was started. Its open streams come with the message, in order of number.
    case spawned(ChildFact)
    /// A process was not started. The stage is 0 or one of `SpawnError.Stage`.
    case spawnFailed(generation: UInt64, stage: UInt8, errno: Int32)
    case exited(ExitFact)
    /// The answer to an `adopt` that comes to nothing: the run is that of the process that it was.
    case notFollowed(generation: UInt64, pid: Int32)
    /// The keeper received this signal.
    case signalled(Signal)
    /// The keeper reaped a process that it had not started: an orphan.
    case strangerReaped(pid: Int32, ExitStatus)
    /// Something for the main log.
    case say(LogLevel, String)
    /// Answer with a pong of this number.
    case ping(number: UInt64)
}

/// What the keeper knows of a process that it started.
public struct ChildFact: Sendable, Hashable {
    public var generation: UInt64
    public var name: ProcessName
    /// The process that was started, or the one that was adopted in its place.
    public var pid: Int32
    public var startedAt: Instant
    /// The last signal that the brain had it sent; nil where there was none.
    public var lastSignal: Signal?
    /// The streams that we still hold.
    public var streams: [StandardStream]
}

/// How a process ended.
public struct ExitFact: Sendable, Hashable {
    public var generation: UInt64
    public var pid: Int32
    /// Code 0 for an adopted process whose own parent has seen its end, and not we.
    public var status: ExitStatus
    /// When it was reaped.
    public var at: Instant
    public var userTime: Duration
    public var systemTime: Duration
    /// The most memory it had resident.
    public var maxResident: ByteSize
}
