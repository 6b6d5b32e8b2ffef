namespace Opossum.World;

/// <summary>How a group chat writes about an animal: frames and lists, the same for every animal.</summary>
internal static class MemeGrammar
{
    /// <summary>The frames. Each filled frame has 8 to 24 words and ends with a full stop.</summary>
    public static IReadOnlyList<string> Frames { get; } =
    [
        "POV: {a} is {doing} in your {room} {when} and you are {feeling}.",
        "me {when}: I should rest, but the {x} in my head wants to {do}.",
        "nobody asked, yet the {x} is {doing} behind the {shop} like a/an {mood} {job}.",
        "this {x} has {count} unread messages and zero plans except {doing}.",
        "{s} be like {quote} and then {do} with {thing}.",
        "when the {event} is cancelled and you can finally {do} like {a}.",
        "not the {x} {doing} {when} with my {item} again.",
        "breaking news: local {x} refuses to {chore} and chooses {vibe} instead.",
        "{a} walks into the {shop}, orders {snack} and leaves without {regret}.",
        "rate my setup: one {x}, {thing} and a suspicious amount of {snack}.",
        "my {x} and I both run on {snack}, {vibe} and bad decisions.",
        "some people have {goal}, I have {a} {doing} in the {room}.",
        "plot twist: the {x} was {doing} all along and {thing} was innocent.",
        "tell me you are {a} without telling me: you {do} {when}.",
        "every group chat needs one {mood} {x} who brings {snack} and {vibe}.",
        "the {x} saw my {item}, sighed loudly and went back to {doing}.",
        "life advice from {a}: {do}, {do2} and never {chore}.",
        "current mood: {mood} {x} {doing} in the {room}, totally {feeling}.",
        "roses are red, {s} are {mood}, this one took my {snack} and ruined the {event}.",
        "petition to let {a} run the {shop}, because it already knows how to {do}.",
        "your honour, the {x} was just {doing} and {thing} fell into its pocket.",
        "level {count} {x}: strong against {snack}, weak against {regret}.",
        "I asked for {goal} and got {a} {doing} with {thing}.",
        "dating profile of {a}: loves {snack}, fears {regret}, will {do} {when}.",
        "nothing but respect for the {x} that chose {vibe} over {goal}.",
        "who needs {goal} when {s} are {doing} in the {room} for free.",
        "day {count} of asking the {x} to stop {doing}, it now owns {thing}.",
        "that one {mood} {x} in the {shop} who eats your {snack} and says {quote}.",
        "{s} do not {chore}, {s} {do} {when} and call it {vibe}.",
        "the {x} said {quote}, stole {thing} and became my favourite {job}.",
        "my therapist: the {mood} {x} is not real, the {x}: {doing} in the {room}.",
        "if {a} can {do} {when}, you can survive one more {event}.",
    ];

    private static readonly Dictionary<string, string[]> Lists = new(StringComparer.Ordinal)
    {
        ["room"] = Split("kitchen|hallway|shower|basement|fridge|closet|garage|attic|laundry room|back seat|home office|bathtub"),
        ["when"] = Split("at 3 am|on a Monday|before coffee|after midnight|during lunch|at full volume|in pyjamas|without Wi-Fi|on payday|in public|five minutes late|mid meeting"),
        ["feeling"] = Split("too tired to care|weirdly proud|low on battery|fine with it|taking notes|emotionally invested|out of excuses|living for it|low key jealous|just vibing|lost for words|not even mad"),
        ["doing"] = Split(
            "screaming at the moon|eating cold pizza|dancing to sad songs|hosting a podcast|buying sneakers online|crying over a printer|judging my playlist|deleting old selfies"
            + "|microwaving soup|stealing the Wi-Fi|doing taxes in glitter|texting its ex|practising karaoke|napping on my keyboard|starting drama|rating my haircut"
            + "|hoarding shiny spoons|ignoring every email|speedrunning bedtime|wearing tiny sunglasses"),
        ["do"] = Split(
            "scream into a pillow|eat dessert first|dance like a weirdo|cancel everything|nap without shame|send risky texts|steal a donut|panic in style"
            + "|wear a cape|blame the printer|sing off key|order extra fries|reply with a gif|hide under a blanket|moonwalk away|trust the chaos"
            + "|flirt with danger|binge the whole season|invent a new dance|ghost the dentist"),
        ["chore"] = Split("fold the laundry|answer emails|wake up early|pay rent|do the dishes|read the manual|act normal|join the call|make a budget|go jogging|touch grass|be an adult"),
        ["snack"] = Split("cold nachos|garlic bread|instant noodles|stolen cookies|half a burrito|iced coffee|cheese puffs|birthday cake|mystery soup|old pickles|pancakes|bubble tea|popcorn|hot sauce"),
        ["thing"] = Split(
            "a traffic cone|my last brain cell|the aux cable|a broken umbrella|the office stapler|a haunted toaster|my good headphones|a rubber duck|the TV remote|a glitter cannon"
            + "|an expired coupon|one left sock|a karaoke machine|a shopping cart|my password|the group photo"),
        ["item"] = Split("browser history|bank account|sleep schedule|screen time|gym membership|to do list|high school diary|homework|dance video|haircut|step count|horoscope"),
        ["shop"] = Split("gas station|drive through|laundromat|taco truck|arcade|office|thrift store|nail salon|bowling alley|library|escape room|corner shop"),
        ["mood"] = Split("chaotic|unhinged|sleepy|dramatic|iconic|feral|moody|sassy|petty|awkward|fabulous|grumpy|smug|clingy"),
        ["job"] = Split("wedding DJ|life coach|pop star|substitute teacher|tour guide|reality star|night manager|stunt double|food critic|motivational speaker|ghost hunter|spin instructor"),
        ["count"] = Split("seven|nine|twelve|forty|ninety|four hundred|nine thousand|eleven"),
        ["quote"] = Split("not my problem|new week, same mess|we ball|trust me bro|I woke up like this|this is fine|no thoughts today|deal with it|just one more episode|I am the main character|it is what it is|hold my juice"),
        ["event"] = Split("meeting|group project|family dinner|deadline|blind date|dentist visit|team building day|exam|birthday party|fire drill|yoga class|job interview"),
        ["vibe"] = Split("pure chaos|main character energy|glitter|spa music|self care|free snacks|zero shame|midnight drama|loud music|questionable confidence|pettiness|romance"),
        ["regret"] = Split("apologies|paying|a single regret|eye contact|spoilers|commitment|Mondays|small talk|group photos|an explanation|taxes|voice mail"),
        ["goal"] = Split("inner peace|a pension plan|a six pack|eight hours of sleep|healthy boundaries|a normal weekend|good grades|a clean desk|a five year plan|true love|a promotion|personal growth"),
    };

    /// <summary>The entries of a list, or null when there is no such list.</summary>
    public static IReadOnlyList<string>? Entries(string list) => Lists.GetValueOrDefault(list);

    private static string[] Split(string entries) => entries.Split('|');
}
