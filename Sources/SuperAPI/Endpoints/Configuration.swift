import SuperBase

/// Reads the configuration on disk and says what is wrong with it.
public struct CheckConfiguration: Endpoint, Hashable {
    public typealias Response = CheckReport
    public static let method = Method.get
    public static let path = "/v1/config/check"
    public static let summary = "Reads the configuration on disk and says what is wrong with it"
    public static let notes = """
        Nothing is remembered.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = CheckConfiguration()
    public var call: ControlCall { .checkConfiguration(self) }
}

/// Reads the configuration on disk and remembers it.
public struct RereadConfiguration: Endpoint, Hashable {
    public typealias Response = ConfigurationChanges
    public static let method = Method.post
    public static let path = "/v1/config/reread"
    public static let summary = "Reads the configuration on disk and remembers it"
    public static let notes = """
        Nothing is applied: see `update`, and `PUT /v1/groups/{group}`.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = RereadConfiguration()
    public var call: ControlCall { .rereadConfiguration(self) }
}

/// Says what an update would change, option by option.
public struct DiffConfiguration: Endpoint, Hashable {
    public typealias Response = DifferenceReport
    public static let method = Method.get
    public static let path = "/v1/config/diff"
    public static let summary = "Says what an update would change, option by option"
    public static let notes = """
        Nothing is remembered.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = DiffConfiguration()
    public var call: ControlCall { .diffConfiguration(self) }
}

/// Reads the configuration on disk and applies what differs.
public struct UpdateConfiguration: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.post
    public static let path = "/v1/config/update"
    public static let summary = "Reads the configuration on disk and applies what differs"
    public static let notes = """
        First the removed groups (`stop`, `remove`), then the changed ones (`stop`, `update`), then the new ones (`add`),
        each by name. A group in which nothing was up has no `stop`. Processes of rolling programs are replaced one by one;
        where one is not, those that were go back, and the group's `update` is `notReplaced`.
        """

    /// Only these; all if empty.
    public var groups: [String]
    public var wait: Bool
    public var timeout: Int?

    public init(groups: [String] = [], wait: Bool = true, timeout: Int? = nil) {
        self.groups = groups
        self.wait = wait
        self.timeout = timeout
    }

    public static let fields: [Field] = [
        Field("groups", .list(.string), .defaulted(.list([])), "Only these groups; all if empty"),
        .wait,
        .timeout,
    ]
    public static let example = UpdateConfiguration(groups: ["web"], timeout: 60)
    public var call: ControlCall { .updateConfiguration(self) }
}

/// Lists the processes of the configuration that was read last, active or not.
public struct ListAvailable: Endpoint, Hashable {
    public typealias Response = AvailableList
    public static let method = Method.get
    public static let path = "/v1/config/processes"
    public static let summary = "Lists the processes of the configuration that was read last"

    public init() {}

    public static let fields: [Field] = []
    public static let example = ListAvailable()
    public var call: ControlCall { .listAvailable(self) }
}
