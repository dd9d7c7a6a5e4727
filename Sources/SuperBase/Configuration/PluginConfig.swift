/// An `[rpcinterface:x]` or `[ctlplugin:x]`: Python code that Supervisor would load and superd does not.
public struct PluginConfig: Sendable, Hashable {
    public var name: String
    /// The Python name of the factory.
    public var factory: String
    /// The other options of the section, by name.
    public var options: [OptionValue.Entry]

    /// The one interface that superd has itself: Supervisor's own.
    public static let mainInterface = "supervisor.rpcinterface:make_main_rpcinterface"

    public init(name: String, factory: String, options: [OptionValue.Entry] = []) {
        self.name = name
        self.factory = factory
        self.options = options
    }
}
