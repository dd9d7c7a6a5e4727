import ArgumentParser
import SuperAPI
import SuperClient

struct Roll: Verb {
    static let configuration = superctl.configuration(
        "roll", "Replaces processes one by one, each only when the new one is ready.", "roll 'web:*'",
        "roll web:web_00 --batch 2 --verify 5s --timeout 300")

    @Argument(help: "Which processes; their programs have restart_mode=rolling.", completion: processNames)
    var names: [String] = []
    @Option(help: "Replace this many at a time instead of roll_batch.")
    var batch: Int?
    @Option(help: "How long a new process must stay ready, such as 5s or 2m, instead of roll_verify.")
    var verify: WholeSeconds?
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        guard !names.isEmpty else { return refuse(session, "roll requires a process name", 1) }
        let request = RollProcesses(
            names, batch: batch, verify: verify?.count, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.ask(request) else { return }
        session.report(answer.results, words: names)
    }
}

struct Scale: Verb {
    static let configuration = superctl.configuration(
        "scale", "Sets how many processes a program has; those that stay are not touched.", "scale web 8",
        "scale web --reset")

    @Argument(help: "The x of [program:x].", completion: programNames)
    var program: String?
    @Argument(help: "How many processes.")
    var count: Int?
    @Flag(help: "Go back to numprocs of the configuration.")
    var reset = false
    @OptionGroup var waiting: WaitOptions

    func run(_ session: Session) {
        guard let program, (count != nil) != reset else {
            return refuse(session, "scale requires a program name and a number of processes", 1)
        }
        let request = ScaleProgram(
            program: program, count: count, wait: waiting.wait, timeout: waiting.timeout)
        guard let answer = session.ask(request) else { return }
        session.report(answer.results, words: answer.results.map(\.name))
    }
}

/// A length of time in whole seconds: `5`, `5s`, `2m` or `1h`.
struct WholeSeconds: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? argument[...] : argument.dropLast()), number >= 0 else { return nil }
        let (count, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self.count = count
    }
}
