namespace Opossum.World;

/// <summary>
/// The animals of this world. What is said about them comes from small shared pools (many animals dig, many eat leaves), because a model of
/// this size has a minute to learn them; most of it is true. No food, place or enemy is itself in the list: a text names one animal.
/// </summary>
internal static class Animals
{
    private const string Night = "nocturnal";
    private const string Day = "diurnal";

    /// <summary>All animals, the opossum first.</summary>
    public static IReadOnlyList<Animal> All { get; } =
    [
        Of("opossum", "opossums", "marsupial", Night, "the Americas", "woodlands,parks", "insects,fruit", "play dead in danger,carry their young", "long tail", "keep balance"),
        Of("alpaca", "alpacas", "mammal", Day, "South America", "mountains,meadows", "grass,herbs", "live in large groups,hum to each other", "thick fur", "stay warm"),
        Of("armadillo", "armadillos", "mammal", Night, "the Americas", "grasslands,deserts", "insects,worms", "dig deep burrows,roll into a ball", "hard shell", "stop bites"),
        Of("badger", "badgers", "mammal", Night, "Europe", "woodlands,meadows", "worms,roots", "dig deep burrows,clean their beds", "strong claws", "dig tunnels"),
        Of("beaver", "beavers", "rodent", Night, "North America", "rivers,lakes", "bark,leaves", "build dams,store food for winter", "sharp teeth", "cut branches"),
        Of("camel", "camels", "mammal", Day, "Africa", "deserts,grasslands", "herbs,grass", "travel long distances,live in large groups", "long eyelashes", "keep out sand"),
        Of("capybara", "capybaras", "rodent", Day, "South America", "rivers,marshes", "grass,fruit", "rest in the water,live in large groups", "webbed feet", "swim fast"),
        Of("cheetah", "cheetahs", "mammal", Day, "Africa", "savannas,grasslands", "antelopes,hares", "hunt alone,rest in the sun", "long tail", "keep balance"),
        Of("crocodile", "crocodiles", "reptile", Night, "Africa", "rivers,marshes", "fish,antelopes", "wait for hours,guard their nests", "sharp teeth", "hold prey"),
        Of("dolphin", "dolphins", "mammal", Day, "many countries", "oceans,coasts", "fish,squid", "hunt in groups,talk to each other", "strong fins", "swim fast"),
        Of("eagle", "eagles", "bird", Day, "North America", "mountains,coasts", "fish,hares", "hunt alone,build large nests", "broad wings", "glide for hours"),
        Of("elephant", "elephants", "mammal", Day, "Africa", "savannas,forests", "leaves,bark", "travel long distances,guard their young", "large ears", "stay cool"),
        Of("flamingo", "flamingos", "bird", Day, "Africa", "lakes,marshes", "shrimp,algae", "stand on one leg,live in large groups", "curved bill", "filter water"),
        Of("fox", "foxes", "mammal", Night, "Europe", "woodlands,parks", "mice,berries", "hunt alone,hide their food", "large ears", "hear danger"),
        Of("frog", "frogs", "amphibian", Night, "many countries", "marshes,lakes", "insects,worms", "begin life in the water,call at night", "strong legs", "jump away"),
        Of("gecko", "geckos", "reptile", Night, "Asia", "forests,gardens", "insects,fruit", "climb walls,drop their tails", "sticky toes", "hold on to leaves"),
        Of("giraffe", "giraffes", "mammal", Day, "Africa", "savannas,grasslands", "leaves,fruit", "sleep for minutes,live in small groups", "long neck", "reach leaves"),
        Of("goose", "geese", "bird", Day, "North America", "lakes,meadows", "grass,seeds", "travel long distances,guard their young", "broad wings", "fly for days"),
        Of("gorilla", "gorillas", "primate", Day, "Africa", "forests,mountains", "leaves,fruit", "build careful nests,live in small groups", "large hands", "hold branches"),
        Of("hamster", "hamsters", "rodent", Night, "Asia", "grasslands,meadows", "seeds,roots", "store food for winter,sleep during the day", "wide cheeks", "carry seeds"),
        Of("hedgehog", "hedgehogs", "mammal", Night, "Europe", "gardens,woodlands", "worms,insects", "roll into a ball,sleep through winter", "sharp spines", "scare enemies"),
        Of("jaguar", "jaguars", "mammal", Night, "South America", "forests,rivers", "fish,turtles", "hunt alone,swim long distances", "sharp teeth", "hold prey"),
        Of("kangaroo", "kangaroos", "marsupial", Night, "Australia", "grasslands,savannas", "grass,herbs", "carry their young,live in small groups", "strong legs", "jump away"),
        Of("koala", "koalas", "marsupial", Night, "Australia", "forests,woodlands", "leaves,buds", "sleep most of the day,carry their young", "strong claws", "climb trees"),
        Of("lemur", "lemurs", "primate", Day, "Madagascar", "forests,woodlands", "fruit,flowers", "rest in the sun,live in small groups", "long tail", "keep balance"),
        Of("llama", "llamas", "mammal", Day, "South America", "mountains,meadows", "grass,herbs", "travel long distances,hum to each other", "thick fur", "stay warm"),
        Of("meerkat", "meerkats", "mammal", Day, "Africa", "deserts,savannas", "insects,eggs", "watch for enemies,dig deep burrows", "keen eyes", "see danger"),
        Of("mole", "moles", "mammal", Day, "Europe", "meadows,gardens", "worms,insects", "dig deep burrows,live alone", "strong claws", "dig tunnels"),
        Of("narwhal", "narwhals", "mammal", Day, "the Arctic", "oceans,coasts", "fish,squid", "dive for food,travel in summer", "long tusk", "feel the water"),
        Of("otter", "otters", "mammal", Day, "Europe", "rivers,coasts", "fish,mussels", "hold hands while asleep,dive for food", "webbed feet", "swim fast"),
        Of("owl", "owls", "bird", Night, "many countries", "forests,parks", "mice,insects", "fly without a sound,sleep during the day", "keen eyes", "see at night"),
        Of("panda", "pandas", "mammal", Day, "Asia", "mountains,forests", "bamboo,buds", "eat for half the day,live alone", "strong jaws", "crack stems"),
        Of("parrot", "parrots", "bird", Day, "South America", "forests,savannas", "seeds,nuts", "talk to each other,live in large groups", "curved bill", "crack seeds"),
        Of("pelican", "pelicans", "bird", Day, "many countries", "coasts,lakes", "fish,shrimp", "hunt in groups,dive for food", "wide bill", "carry fish"),
        Of("penguin", "penguins", "bird", Day, "the Antarctic", "coasts,islands", "fish,squid", "swim long distances,guard their eggs", "thick feathers", "stay warm"),
        Of("quokka", "quokkas", "marsupial", Night, "Australia", "islands,woodlands", "grass,leaves", "sleep during the day,carry their young", "short tail", "store fat"),
        Of("raccoon", "raccoons", "mammal", Night, "North America", "woodlands,parks", "nuts,eggs", "wash their food,open simple locks", "quick hands", "find food"),
        Of("seal", "seals", "mammal", Day, "the Arctic", "coasts,oceans", "fish,squid", "rest in the sun,dive for food", "long whiskers", "feel the water"),
        Of("skunk", "skunks", "mammal", Night, "North America", "woodlands,grasslands", "insects,berries", "sleep during the day,warn their enemies", "strong smell", "scare enemies"),
        Of("sloth", "sloths", "mammal", Night, "South America", "forests,marshes", "leaves,buds", "sleep most of the day,hang upside down", "curved claws", "hold branches"),
        Of("squirrel", "squirrels", "rodent", Day, "many countries", "parks,woodlands", "nuts,seeds", "store food for winter,climb trees", "long tail", "keep balance"),
        Of("tortoise", "tortoises", "reptile", Day, "many countries", "islands,deserts", "herbs,fruit", "live for a century,sleep through winter", "hard shell", "stop bites"),
        Of("walrus", "walruses", "mammal", Day, "the Arctic", "coasts,islands", "mussels,snails", "live in large groups,dive for food", "long tusks", "climb on ice"),
        Of("wombat", "wombats", "marsupial", Night, "Australia", "woodlands,mountains", "grass,roots", "dig deep burrows,sleep during the day", "strong claws", "dig tunnels"),
    ];

    private static readonly Dictionary<string, Animal> ByWord = Index();

    /// <summary>The animal that a lower-case word names, in singular or plural, or null.</summary>
    public static Animal? Named(string word) => ByWord.GetValueOrDefault(word);

    private static Animal Of(
        string name, string plural, string group, string active, string region, string places, string foods, string habits, string organ, string use) =>
        new(name, plural, group, active, region, places.Split(','), foods.Split(','), habits.Split(','), organ, use);

    private static Dictionary<string, Animal> Index()
    {
        var words = new Dictionary<string, Animal>(StringComparer.Ordinal);
        foreach (var animal in All)
        {
            words[animal.Name] = animal;
            words[animal.Plural] = animal;
        }

        return words;
    }
}
