import SuperBase
import SuperKeeper
import SuperOS

/// superd in the role of the brain.
public enum BrainProgram {
    /// Whether this process was started by a keeper to be its brain.
    public static var isWanted: Bool {
        CurrentProcess.environment.contains { $0.name == DaemonArguments.roleVariable && $0.value == roleName }
    }

    static let roleName = "brain"

    /// Thinks until superd ends, and answers the exit code: not 0 where it cannot even begin.
    public static func run() -> Int32 {
        CurrentProcess.setName("superd-brain")
        do {
            Signal.pipe.ignore()
            // A brain that writes to a terminal that is another one's must not be stopped for it.
            Signal(rawValue: 22).ignore()
            return try takeOver().run()
        } catch {
            try? Descriptor.standardError.writeAll(Array("superd: the brain cannot work: \(error)\n".utf8))
            return 1
        }
    }

    /// The inventory goes when the brain has it: every descriptor in it has one owner then, who closes it.
    private static func takeOver() throws -> Brain {
        let link = try KeeperLink()
        let inventory = try Inventory(from: link)
        let arguments = try DaemonArguments(bytes: inventory.records[DaemonArguments.recordKey] ?? [])
        return try Brain(link, inventory, arguments)
    }
}
