import SuperBase
import SuperKeeper
import SuperOS

/// A keeper in a process of its own, under tests that play its brain: `keeper-bench PATIENCE [report] -- PROGRAM WORD…`.
///
/// `PATIENCE` is how many milliseconds a brain may leave a message unanswered; with `report` the result of the start is told on stdout.
@main enum KeeperBench {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        guard let dashes = words.firstIndex(of: "--"), let patience = words.first.flatMap(Int.init) else {
            CurrentProcess.exitAtOnce(2)
        }
        let command = Array(words[(dashes + 1)...])
        var settings = Keeper.Settings(
            brainExecutable: command[0], brainArguments: command, environment: CurrentProcess.environment)
        settings.brainPatience = .milliseconds(patience)
        do {
            Signal.pipe.ignore()
            try CurrentProcess.becomeSubreaper()
            let report: ((Keeper.StartResult) -> Void)? = words.contains("report") ? { tell("\($0)") } : nil
            let keeper = try Keeper(settings, records: ["from": Array("the launcher".utf8)], onStart: report)
            CurrentProcess.exitAtOnce(try keeper.run())
        } catch {
            tell("\(error)")
            CurrentProcess.exitAtOnce(3)
        }
    }

    private static func tell(_ text: String) {
        try? Descriptor.standardOutput.writeAll(Array("\(text)\n".utf8))
    }
}
