import Glibc

/// How a terminal treats what is typed; to be given back to it at the end.
public struct TerminalMode: Sendable {
    fileprivate var settings: termios
}

extension Descriptor {
    /// Lets every key through as it is typed, unseen, with Ctrl-C and Ctrl-D as ordinary bytes. Output is treated as before.
    ///
    /// Answers the mode until now. Throws for anything but a terminal.
    public func enterKeyMode() throws(SystemError) -> TerminalMode {
        let before = try terminalSettings()
        var settings = before
        settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
        try setTerminal(settings)
        return TerminalMode(settings: before)
    }

    /// Keeps what is typed from being seen; lines and signals stay as they are. Answers the mode until now.
    public func hideTyping() throws(SystemError) -> TerminalMode {
        let before = try terminalSettings()
        var settings = before
        settings.c_lflag &= ~tcflag_t(ECHO)
        try setTerminal(settings)
        return TerminalMode(settings: before)
    }

    /// Gives the terminal a mode that it had.
    public func restore(_ mode: TerminalMode) throws(SystemError) {
        try setTerminal(mode.settings)
    }

    private func terminalSettings() throws(SystemError) -> termios {
        var settings = termios()
        try check("asking for the mode of", description) { tcgetattr(number, &settings) }
        return settings
    }

    private func setTerminal(_ settings: termios) throws(SystemError) {
        var settings = settings
        try check("setting the mode of", description) { tcsetattr(number, TCSADRAIN, &settings) }
    }
}
