/// The page docs/reference/options.md, made from the table.
public enum OptionReference {
    /// The whole page, with a line end at its end.
    public static func markdown() -> String {
        var page = """
            # Options of the configuration file

            One section per kind of section, every option with its type and its default. Options marked *superd* are superd's
            own; all others are Supervisor's and mean the same.

            A value may contain `%(here)s` (the directory of the file it is written in) and `%(ENV_NAME)s` for environment
            variables; in programs also `%(host_node_name)s`, `%(program_name)s` and `%(group_name)s`, and where an option is
            marked *per process*, `%(process_num)d`, `%(numprocs)d`, the program's own variables and the numbers of its sockets.
            A plain percent sign is written `%%`. In TOML a section is a table, `[program.web]` for `[program:web]`, and lists,
            tables, numbers and booleans may be written as such.

            Where an option of a program is marked *applied without a restart*, `update` gives processes that run the new value;
            any other change replaces them. A change of `numprocs` starts and stops only processes that come and go.

            """
        for section in OptionTable.sections {
            page += "\n## [\(section.title)]\n\n\(section.summary)\n"
            for option in section.options { page += "\n" + entry(option) }
        }
        return page
    }

    private static func entry(_ option: OptionDescription) -> String {
        var facts = ["type: \(option.typeName)"]
        let standard = option.defaultText.map { $0.isEmpty ? "empty" : "`\($0)`" } ?? "none"
        facts.append(option.isRequired ? "required" : "default: \(standard)")
        if let flag = option.flag {
            let names = (flag.short.map { ["`-\($0)`"] } ?? []) + ["`--\(flag.long)`"]
            facts.append("command line: " + names.joined(separator: ", "))
        }
        if option.isPerProcess { facts.append("*per process*") }
        if option.isLive { facts.append("applied without a restart") }
        if option.isOwn { facts.append("*superd*") }
        return """
            ### \(option.name)

            \(option.summary)\(option.detail.isEmpty ? "" : " " + option.detail)

            \(facts.joined(separator: " · "))  
            Accepts \(option.expected). Example: `\(option.name)=\(option.example)`

            """
    }
}
