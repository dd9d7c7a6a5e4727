/// Replaces processes of rolling programs, each only when the new one is ready.
public struct RollProcesses: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/processes/roll"
    public static let summary = "Replaces processes, each only when the new one is ready"
    public static let notes = """
        The new process is started beside the old one, which is told to stop when the new one is ready. When one does not
        become ready, the old ones that are left go on (`notReplaced`). Only programs with `restart_mode=rolling` can be
        replaced (otherwise `notRolling`), and only what is up (otherwise `notRunning`). The configuration is not read again.
        """

    public var select: [String]
    /// How many are replaced at a time; nil takes the program's `roll_batch`.
    public var batch: Int?
    /// Seconds; nil takes the program's `roll_verify`.
    public var verify: Int?
    public var wait: Bool
    public var timeout: Int?

    public init(
        _ select: [String], batch: Int? = nil, verify: Int? = nil, wait: Bool = true, timeout: Int? = nil
    ) {
        self.select = select
        self.batch = batch
        self.verify = verify
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        .select,
        Field(
            "batch", .number(1...ScaleProgram.mostProcesses), .optional,
            "How many are replaced at a time, instead of the program's `roll_batch`"),
        Field(
            "verify", .number(0...86_400), .optional,
            "Seconds that a new process must stay ready before the old one is stopped, instead of the program's `roll_verify`"
        ),
        .wait,
        .timeout,
    ]
    public static let example = RollProcesses(["web:*"], batch: 2, verify: 5, timeout: 300)
    public var call: ControlCall { .rollProcesses(self) }
}

/// Sets how many processes a program has, without touching those that stay.
public struct ScaleProgram: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/programs/{program}/scale"
    public static let summary = "Sets how many processes a program has"
    public static let notes = """
        Those with the lowest numbers stay as they are. Further ones are added and started, or the last ones are stopped and
        removed. The number stays when the configuration is read again, until a scale without `count`. The last result is that
        of the program, whose message says the new number; before it come processes with which something went wrong.
        """

    /// The most processes that a program can have; that of `numprocs`, too.
    public static let mostProcesses = 10_000

    /// The `x` of `[program:x]`.
    public var program: String
    /// Nil goes back to the `numprocs` of the configuration.
    public var count: Int?
    public var wait: Bool
    public var timeout: Int?

    public init(program: String, count: Int?, wait: Bool = true, timeout: Int? = nil) {
        self.program = program
        self.count = count
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        Field("program", .string, "The program, as in `[program:x]`"),
        Field(
            "count", .number(0...mostProcesses), .optional,
            "How many processes; if left out, `numprocs` of the configuration holds again"),
        .wait,
        .timeout,
    ]
    public static let example = ScaleProgram(program: "web", count: 8, timeout: 60)
    public var call: ControlCall { .scaleProgram(self) }
}
