/// The commented configuration file that `superd --print-sample` prints, made from the table.
public enum SampleConfiguration {
    /// The whole file. Only `[supervisord]` is in force; every other line is a comment to be uncommented.
    public static func ini() -> String {
        var file = """
            ; Sample configuration of superd. Supervisor's configuration files work as they are.
            ;
            ; A line that begins with ; or # is a comment, and so is the rest of a line after a blank and ; or #,
            ; even inside quotes. A percent sign is written %%.
            ; The values after "Default:" hold where an option is left out.

            """
        for section in OptionTable.sections {
            let name = section.title.split(separator: ":").count == 2
            let title = name ? section.title.replacingName() : section.title
            file += "\n" + comment(section.summary) + (section.title == "supervisord" ? "" : ";") + "[\(title)]\n"
            for option in section.options { file += entry(option) }
            if section.title == "fcgi-program:x" || section.title == "eventlistener:x" {
                file += comment("The command.") + ";command=/usr/bin/app\n"
            }
        }
        return file
    }

    private static func entry(_ option: OptionDescription) -> String {
        let standard = option.defaultText.map { "Default: \($0.isEmpty ? "empty" : $0)." } ?? "Default: none."
        return comment("\(option.summary) \(option.isRequired ? "Required." : standard)")
            + ";\(option.name)=\(option.example)\n"
    }

    /// The text as comment lines of at most about 100 characters.
    private static func comment(_ text: String) -> String {
        var lines: [String] = []
        var line = ";"
        for word in text.split(separator: " ") {
            if line.count + word.count > 100 {
                lines.append(line)
                line = ";"
            }
            line += " " + word
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }
}

extension String {
    /// `program:x` as a section of the sample: every kind gets names of its own, so that all can be in one file.
    fileprivate func replacingName() -> String {
        switch self {
        case "program:x": "program:web"
        case "group:x": "group:site"
        case "fcgi-program:x": "fcgi-program:worker"
        default: "eventlistener:watch"
        }
    }
}
