import SuperBase
import SuperOS

extension UserAccount {
    /// The user whom a configuration names: by name, or by number in digits. Nil where there is none.
    init?(_ word: String) throws(SystemError) {
        var found = try UserAccount.named(word)
        if found == nil, let number = UInt32(word) { found = try UserAccount.numbered(number) }
        guard let found else { return nil }
        self = found
    }
}
