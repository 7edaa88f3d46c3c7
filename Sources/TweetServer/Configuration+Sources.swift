public import TweetSystem

extension Configuration {
    /// A value and where it was given.
    private struct Given {
        let setting: Setting
        let value: String
        let place: String
        let isUsage: Bool
    }

    /// Puts a configuration together: the flags before the environment before the file before the defaults.
    ///
    /// A wrong value in the environment or the file is passed over with a warning where a flag gives another.
    ///
    /// - Parameters:
    ///   - flags: names of settings and their values; a switch's is `true`.
    ///   - environment: the value of a variable, nil where it is not set.
    ///   - file: the configuration file, if there is one.
    public init(
        flags: [(name: String, value: String)], environment: (String) -> String?, file: ConfigurationFile?
    ) throws(ConfigurationError) {
        self.init()
        let flagged = Set(flags.map(\.name))
        var fromFile: [Given] = []
        for line in file?.lines ?? [] { fromFile.append(try Self.given(line)) }
        try apply(fromFile, except: flagged)
        var fromEnvironment: [Given] = []
        for setting in Setting.all {
            guard let value = environment(setting.environmentName) else { continue }
            if setting.name == "port", value.hasPrefix("tcp://") {
                // Kubernetes sets it so for every service that is called ttweet.
                warnings.append("\(setting.environmentName) is passed over: \"\(value)\" is no port")
                continue
            }
            fromEnvironment.append(
                Given(setting: setting, value: value, place: setting.environmentName, isUsage: false))
        }
        try apply(fromEnvironment, except: flagged)
        var fromFlags: [Given] = []
        for (name, value) in flags {
            guard let setting = Setting.all.first(where: { $0.name == name }) else { continue }
            fromFlags.append(Given(setting: setting, value: value, place: "--\(name)", isUsage: true))
        }
        try apply(fromFlags, except: [])
    }

    private static func given(_ line: ConfigurationFile.Line) throws(ConfigurationError) -> Given {
        guard let value = line.value else {
            throw ConfigurationError(description: "\(line.place): a line is key = value", isUsage: false)
        }
        guard let setting = Setting.all.first(where: { $0.name == line.key }) else {
            throw ConfigurationError(description: "\(line.place): there is no key \"\(line.key)\"", isUsage: false)
        }
        return Given(setting: setting, value: value, place: line.place, isUsage: false)
    }

    /// Takes the values of one source, which replace those of the sources behind it.
    ///
    /// - Parameter flagged: names of settings that have flags, so that wrong values of theirs are no errors here.
    private mutating func apply(_ source: [Given], except flagged: Set<String>) throws(ConfigurationError) {
        for setting in Setting.all where source.contains(where: { $0.setting.name == setting.name }) {
            setting.clear?(&self)
        }
        for given in source {
            do throws(InvalidSetting) {
                try given.setting.set(&self, given.value)
            } catch {
                let text = "\(given.place): \"\(given.value)\" is not \(error.expected)"
                guard flagged.contains(given.setting.name) else {
                    throw ConfigurationError(description: text, isUsage: given.isUsage)
                }
                warnings.append("\(text); it is passed over")
            }
        }
    }
}
