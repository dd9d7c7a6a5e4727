/// The version of superd and of everything that is built with it.
public enum Version {
    public static let current = "0.1.0"
}
