/// Every option that superd knows, one row each.
///
/// The order of the rows is the order in which Supervisor looks at the options, so that of several errors the first
/// one found is the one that Supervisor would report. The rows of a section are in its own file, `OptionTable+….swift`.
public enum OptionTable {
    /// The sections for the reference and the sample, in the order in which one writes them.
    public static let sections: [SectionDescription] = [
        SectionDescription(
            "supervisord", "superd itself. May also be written `[superd]`. A main file must have this section.",
            supervisord.map(OptionDescription.init)),
        SectionDescription(
            "unix_http_server",
            "A control endpoint on a socket file. There may be several, as `[unix_http_server:name]`.",
            unixServer.map(OptionDescription.init)),
        SectionDescription(
            "inet_http_server", "A control endpoint on a TCP port. There may be several, as `[inet_http_server:name]`.",
            inetServer.map(OptionDescription.init)),
        SectionDescription(
            "supervisorctl", "What superctl uses to reach superd. May also be written `[superctl]`.",
            client.map(OptionDescription.init)),
        SectionDescription(
            "program:x", "A program named `x`. Every process of it is started, watched and restarted.",
            programWithSockets.map(OptionDescription.init)),
        SectionDescription(
            "group:x", "Programs that are addressed, started and stopped together under the name `x`.",
            group.map(OptionDescription.init)),
        SectionDescription(
            "fcgi-program:x",
            "A program whose processes share a listening socket, given to each as descriptor 0. "
                + "All options of `[program:x]` but those of its sockets, and these:",
            fcgi.map(OptionDescription.init)),
        SectionDescription(
            "eventlistener:x",
            "A pool of processes that are told about events on their standard input. "
                + "All options of `[program:x]` (with a default `priority` of -1) and these:",
            eventListener.map(OptionDescription.init)),
        SectionDescription(
            "include", "Further files, read after the main file; a later option replaces an earlier one.",
            include.map(OptionDescription.init)),
    ]

    /// Options of `[rpcinterface:x]` and `[ctlplugin:x]` that name the Python code Supervisor would load.
    public static let interfaceFactory = "supervisor.rpcinterface_factory"
    public static let clientPluginFactory = "supervisor.ctl_factory"

    /// The default priority of an event listener: started first, stopped last.
    public static let eventListenerPriority = -1
}

/// A kind of section.
public struct SectionDescription: Sendable {
    /// As written between the brackets, with `x` for a name.
    public var title: String
    public var summary: String
    public var options: [OptionDescription]

    init(_ title: String, _ summary: String, _ options: [OptionDescription]) {
        self.title = title
        self.summary = summary
        self.options = options
    }
}
