/// The processes that a request names.
public struct ProcessList: Documented, Hashable {
    /// In the order of the words that name them; by group and name where none was given.
    public var processes: [ProcessInfo]
    /// The words that name nothing.
    public var unknown: [ActionResult]

    public init(_ processes: [ProcessInfo], unknown: [ActionResult] = []) {
        self.processes = processes
        self.unknown = unknown
    }

    public static let fields: [Field] = [
        Field("processes", .list(.object(ProcessInfo.self)), "The processes"),
        Field("unknown", .list(.object(ActionResult.self)), "The words that name nothing"),
    ]

    public static let example = ProcessList([.example], unknown: [ActionResult("nosuch", .start, .noSuchProcess)])
}

/// An active group.
public struct GroupInfo: Documented, Hashable {
    public var name: String
    /// Lower starts first and stops last.
    public var priority: Int
    /// In start order.
    public var processes: [ProcessInfo]

    public init(name: String, priority: Int, processes: [ProcessInfo]) {
        self.name = name
        self.priority = priority
        self.processes = processes
    }

    public static let fields: [Field] = [
        Field("name", .string, "The name of the group"),
        Field("priority", .integer, "Lower starts first and stops last"),
        Field("processes", .list(.object(ProcessInfo.self)), "Its processes in start order"),
    ]

    public static var example: GroupInfo { GroupInfo(name: "web", priority: 999, processes: [.example]) }
}

/// All active groups in start order.
public struct GroupList: Documented, Hashable {
    public var groups: [GroupInfo]

    public init(_ groups: [GroupInfo]) {
        self.groups = groups
    }

    public static let fields: [Field] = [Field("groups", .list(.object(GroupInfo.self)), "The groups in start order")]
    public static var example: GroupList { GroupList([.example]) }
}

/// A process of the configuration that was read last, active or not.
public struct AvailableProcess: Documented, Hashable {
    /// The full name.
    public var name: String
    public var group: String
    /// Whether its group is active.
    public var inUse: Bool
    public var autostart: Bool
    public var groupPriority: Int
    public var processPriority: Int

    public init(
        name: String, group: String, inUse: Bool, autostart: Bool, groupPriority: Int, processPriority: Int
    ) {
        self.name = name
        self.group = group
        self.inUse = inUse
        self.autostart = autostart
        self.groupPriority = groupPriority
        self.processPriority = processPriority
    }

    public static let fields: [Field] = [
        Field("name", .string, "The full name: `group:process`, or one word if both are equal"),
        Field("group", .string, "The name of its group"),
        Field("inUse", .boolean, "Whether its group is active"),
        Field("autostart", .boolean, "Whether it starts when its group becomes active"),
        Field("groupPriority", .integer, "The priority of its group"),
        Field("processPriority", .integer, "Its priority within the group"),
    ]

    public static let example = AvailableProcess(
        name: "web:web_00", group: "web", inUse: true, autostart: true, groupPriority: 999, processPriority: 999)
}

/// All processes of the configuration that was read last, in start order.
public struct AvailableList: Documented, Hashable {
    public var processes: [AvailableProcess]

    public init(_ processes: [AvailableProcess]) {
        self.processes = processes
    }

    public static let fields: [Field] = [
        Field("processes", .list(.object(AvailableProcess.self)), "The processes in start order")
    ]
    public static let example = AvailableList([.example])
}
