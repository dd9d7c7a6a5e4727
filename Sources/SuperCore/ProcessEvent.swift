public import SuperBase

/// What happens to a process, or is asked of it.
public enum ProcessEvent: Sendable, Hashable {
    /// Start it, unless it is up, coming up or being stopped. `generation` is the one its new run gets.
    case start(generation: UInt64)
    /// Start it when what it depends on is there; the text says for whom it waits.
    case hold(String)
    /// Stop it. `reports`: the log says every two seconds that we wait for it.
    case stop(reports: Bool)
    /// Stop it if it is up, and remember that it is to be started again; `start` is what starts it.
    case restart(reports: Bool)
    /// The keeper started it.
    case spawned(generation: UInt64, pid: Int32, at: Instant)
    /// The keeper, or the look before it, could not start it.
    case spawnFailed(generation: UInt64, message: String)
    /// The keeper reaped it; `at` is when.
    case exited(generation: UInt64, status: ExitStatus, at: Instant)
    /// Why its start failed, where more is known of that than its exit status says.
    case explained(String)
    /// It has shown that it is ready in the way that `ready=` names, other than by notify or a probe.
    case ready(generation: UInt64)
    /// It said something through the notify socket.
    case notified(generation: UInt64, Notice)
    /// The probe that was asked for has succeeded, or failed for this reason.
    case probed(generation: UInt64, failure: String?)
    /// The memory that it uses with all its descendants.
    case measured(generation: UInt64, ByteSize)
    /// A command of a hook that the process waits for has ended, well or for this reason.
    case hookEnded(Hook, generation: UInt64, failure: String?)
    /// It was to be replaced, and that did not come about; it goes on for a while.
    case recyclingFailed
    /// Time has passed. `generation` is the one a new run gets, where it is time for one.
    case wake(generation: UInt64)
    /// The stop signal was never sent: the brain that wanted it ended before. It is sent now, and the time until the next step begins anew.
    case stopSignalLost
    /// The brain that began what a command or a probe does has ended: it is begun anew.
    case takenOver
    /// superd goes down: a process that waits for its next try gives up.
    case daemonStops
}

/// What is to be done for a process, in this order.
public enum ProcessEffect: Sendable, Hashable {
    case spawn(generation: UInt64)
    case signal(Signal, generation: UInt64, toGroup: Bool)
    /// Run the command of a hook; for `preStart` and `preStop` the end is told with `hookEnded`.
    case runHook(Hook, generation: UInt64)
    /// Run `stop_command`; whether it succeeds is nobody's concern but the log's.
    case runStopCommand(generation: UInt64)
    /// Look at it; the answer is `probed`.
    case probe(Probe, generation: UInt64, timeout: Duration)
    /// Find out how much memory it uses; the answer is `measured`.
    case measure(generation: UInt64)
    /// It is to be replaced, for this reason.
    case recycle(String)
    case log(LogLevel, String)
    case changed(StateChange)
}

/// A step from one state to another, for whoever follows events.
public struct StateChange: Sendable, Hashable {
    public var name: ProcessName
    public var from: ProcessState
    public var to: ProcessState
    /// Zero where there is none.
    public var pid: Int32
    /// Failed starts in a row, for STARTING and BACKOFF.
    public var tries: Int
    /// For EXITED: whether the exit code is one of `exitcodes`.
    public var expected: Bool
}
