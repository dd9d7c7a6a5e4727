/// Lists the active groups.
public struct ListGroups: Endpoint, Hashable {
    public typealias Response = GroupList
    public static let method = Method.get
    public static let path = "/v1/groups"
    public static let summary = "Lists the active groups"
    public static let notes = """
        A group is started, stopped and restarted through its processes, by the selector `group:*`.
        """

    public init() {}

    public static let fields: [Field] = []
    public static let example = ListGroups()
    public var call: ControlCall { .listGroups(self) }
}

/// Shows one active group.
public struct ShowGroup: Endpoint, Hashable {
    public typealias Response = GroupInfo
    public static let method = Method.get
    public static let path = "/v1/groups/{group}"
    public static let summary = "Shows one active group"

    public var group: String

    public init(group: String) {
        self.group = group
    }

    public static let fields: [Field] = [
        .group
    ]
    public static let example = ShowGroup(group: "web")
    public var call: ControlCall { .showGroup(self) }
}

/// Makes a group of the configuration that was read last active.
public struct AddGroup: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.put
    public static let path = "/v1/groups/{group}"
    public static let summary = "Makes a group of the configuration active"
    public static let notes = """
        Its processes start if they start by themselves; this does not wait for them.
        """

    public var group: String

    public init(group: String) {
        self.group = group
    }

    public static let fields: [Field] = [
        .group
    ]
    public static let example = AddGroup(group: "web")
    public var call: ControlCall { .addGroup(self) }
}

/// Removes an active group whose processes are down.
public struct RemoveGroup: Endpoint, Hashable {
    public typealias Response = ActionResults
    public static let method = Method.delete
    public static let path = "/v1/groups/{group}"
    public static let summary = "Removes an active group whose processes are down"

    public var group: String

    public init(group: String) {
        self.group = group
    }

    public static let fields: [Field] = [
        .group
    ]
    public static let example = RemoveGroup(group: "web")
    public var call: ControlCall { .removeGroup(self) }
}
