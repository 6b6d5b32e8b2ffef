namespace Opossum.World;

/// <summary>The animals of this world. No food, place or enemy below is itself in the list: a text names one animal.</summary>
internal static class Animals
{
    private const string Night = "nocturnal";
    private const string Day = "diurnal";
    private const string Dusk = "crepuscular";

    /// <summary>All animals, the opossum first.</summary>
    public static IReadOnlyList<Animal> All { get; } =
    [
        Of("opossum", "opossums", "marsupial", "mammal", Night, "the Americas", "woodlands|quiet suburbs", "insects|fallen fruit|eggs", "carry their young in a pouch|play dead when threatened", "grasping tail", "hold on to branches"),
        Of("alpaca", "alpacas", "camelid", "mammal", Day, "the Andes", "high plateaus|dry grasslands", "grass|hay", "live in close herds|hum to each other", "dense fleece", "keep out the cold"),
        Of("armadillo", "armadillos", "xenarthran", "mammal", Night, "the Americas", "scrublands|sandy soils", "ants|grubs|beetles", "dig long burrows|curl up when attacked", "bony armour", "resist bites"),
        Of("axolotl", "axolotls", "salamandrid", "amphibian", Night, "central Mexico", "cool lakes|muddy canals", "worms|small fish", "regrow lost limbs|keep their gills for life", "feathery gills", "breathe under water"),
        Of("badger", "badgers", "mustelid", "mammal", Night, "Europe", "hedgerows|leafy hills", "earthworms|roots|berries", "dig deep setts|clean their bedding", "strong claws", "open the soil"),
        Of("beaver", "beavers", "rodent", "mammal", Dusk, "North America", "slow rivers|forest ponds", "bark|water lilies|twigs", "build dams from branches|store wood for winter", "orange teeth", "cut down trees"),
        Of("bison", "bison", "bovid", "mammal", Day, "North America", "open prairies|river valleys", "grass|sedges", "roll in dry dust|migrate in large herds", "heavy head", "push away snow"),
        Of("capybara", "capybaras", "rodent", "mammal", Dusk, "South America", "marshes|river banks", "grass|water plants|melons", "rest in shallow water|live in calm groups", "webbed feet", "swim quietly"),
        Of("chameleon", "chameleons", "lizard", "reptile", Day, "Madagascar", "warm forests|thorny bushes", "crickets|moths", "change the colour of their skin|move their eyes separately", "sticky tongue", "catch insects"),
        Of("cheetah", "cheetahs", "felid", "mammal", Day, "Africa", "open savannas|dry plains", "gazelles|hares", "sprint over short distances|purr like house pets", "long tail", "keep balance in turns"),
        Of("chinchilla", "chinchillas", "rodent", "mammal", Dusk, "the Andes", "rocky slopes|cold deserts", "seeds|dry herbs", "bathe in fine dust|jump between rocks", "thick fur", "survive cold nights"),
        Of("crocodile", "crocodiles", "archosaur", "reptile", Night, "the tropics", "warm rivers|mangroves", "fish|large prey", "wait motionless for hours|guard their nests", "powerful jaws", "seize prey"),
        Of("dolphin", "dolphins", "cetacean", "mammal", Day, "most oceans", "coastal waters|the open sea", "fish|squid", "hunt in organised pods|sleep with half a brain", "rounded melon", "focus sound waves"),
        Of("eagle", "eagles", "raptor", "bird", Day, "the northern hemisphere", "high cliffs|mountain valleys", "fish|rabbits|carrion", "return to the same nest|glide on warm air", "sharp talons", "grip prey"),
        Of("elephant", "elephants", "proboscidean", "mammal", Day, "Africa and Asia", "savannas|river forests", "leaves|bark|roots", "remember distant water holes|mourn their dead", "flexible trunk", "drink and touch"),
        Of("ferret", "ferrets", "mustelid", "mammal", Dusk, "Europe", "farmland|old burrows", "mice|eggs", "hide small objects|sleep most of the day", "slender body", "enter narrow tunnels"),
        Of("flamingo", "flamingos", "wader", "bird", Day, "the tropics", "salt lakes|lagoons", "algae|brine shrimp", "stand on one leg|turn pink from their food", "bent bill", "filter muddy water"),
        Of("fox", "foxes", "canid", "mammal", Night, "the northern hemisphere", "woodland edges|city parks", "mice|berries|worms", "listen for prey under snow|store food in holes", "bushy tail", "stay warm at night"),
        Of("frog", "frogs", "anuran", "amphibian", Night, "every wet continent", "ponds|rainforests", "flies|beetles", "breathe through moist skin|begin life as tadpoles", "long legs", "leap from danger"),
        Of("gecko", "geckos", "lizard", "reptile", Night, "warm countries", "stone walls|palm trees", "mosquitoes|moths", "climb smooth walls|drop their tails in danger", "padded toes", "cling to surfaces"),
        Of("giraffe", "giraffes", "ungulate", "mammal", Day, "Africa", "dry savannas|acacia groves", "acacia leaves|shoots", "sleep for minutes at a time|fight with their necks", "purple tongue", "strip leaves"),
        Of("goose", "geese", "anatid", "bird", Day, "the northern hemisphere", "lakes|wet meadows", "grass|grain", "fly in a wedge|defend their goslings loudly", "serrated bill", "cut grass"),
        Of("gorilla", "gorillas", "primate", "mammal", Day, "central Africa", "mountain forests|lowland swamps", "stems|bamboo|fruit", "build a new nest each evening|beat their chests", "large hands", "fold leaves"),
        Of("hamster", "hamsters", "rodent", "mammal", Night, "Asia", "dry steppes|grain fields", "seeds|nuts|grubs", "fill their cheeks with grain|dig separate store rooms", "cheek pouches", "transport food"),
        Of("hedgehog", "hedgehogs", "insectivore", "mammal", Night, "Europe", "gardens|hedgerows", "slugs|beetles|worms", "roll into a ball|hibernate under leaves", "stiff spines", "deter attackers"),
        Of("iguana", "iguanas", "lizard", "reptile", Day, "Central America", "riverside trees|rocky shores", "leaves|flowers", "bask in the morning sun|dive from high branches", "third eye", "sense shadows"),
        Of("jaguar", "jaguars", "felid", "mammal", Night, "South America", "rainforests|flooded plains", "peccaries|fish|turtles", "swim across wide rivers|hunt alone", "spotted coat", "vanish in shade"),
        Of("kangaroo", "kangaroos", "marsupial", "mammal", Dusk, "Australia", "dry grasslands|open bush", "grass|shrubs", "hop to save energy|raise a joey in a pouch", "muscular tail", "support their weight"),
        Of("koala", "koalas", "marsupial", "mammal", Night, "Australia", "eucalyptus forests|coastal woodland", "eucalyptus leaves|buds", "sleep twenty hours a day|digest toxic leaves", "curved claws", "climb smooth bark"),
        Of("lemur", "lemurs", "primate", "mammal", Day, "Madagascar", "dry forests|spiny thickets", "tamarind|flowers|leaves", "sunbathe in a row|obey a leading female", "ringed tail", "send signals"),
        Of("llama", "llamas", "camelid", "mammal", Day, "South America", "mountain pastures|terraced farms", "grass|lichen", "carry loads over passes|spit at rivals", "split lip", "crop short grass"),
        Of("meerkat", "meerkats", "mongoose", "mammal", Day, "southern Africa", "the dry Kalahari|sandy plains", "scorpions|larvae|eggs", "post a guard on high ground|teach their pups to hunt", "dark eye patches", "reduce glare"),
        Of("mole", "moles", "insectivore", "mammal", Day, "Europe", "meadows|loose soils", "earthworms|larvae", "tunnel under lawns|keep living worms in store", "wide paws", "shovel earth"),
        Of("moose", "moose", "cervid", "mammal", Dusk, "the far north", "boreal forests|shallow lakes", "willow|water plants|pine shoots", "shed their antlers each winter|dive for plants", "broad antlers", "impress rivals"),
        Of("narwhal", "narwhals", "cetacean", "mammal", Day, "the Arctic", "cold fjords|pack ice", "halibut|squid|cod", "dive below the ice|travel in summer pods", "spiral tusk", "sense the water"),
        Of("octopus", "octopuses", "cephalopod", "mollusc", Night, "all oceans", "coral reefs|rocky crevices", "crabs|clams", "solve simple puzzles|squeeze through tiny gaps", "eight arms", "taste and grasp"),
        Of("ostrich", "ostriches", "ratite", "bird", Day, "Africa", "semi deserts|open savannas", "seeds|roots|lizards", "share one large nest|run faster than horses", "strong legs", "kick attackers"),
        Of("otter", "otters", "mustelid", "mammal", Dusk, "Europe and Asia", "clean rivers|kelp beds", "fish|mussels|crabs", "hold hands while asleep|crack shells with stones", "oily fur", "trap warm air"),
        Of("owl", "owls", "raptor", "bird", Night, "every continent but one", "old barns|quiet forests", "mice|voles|beetles", "fly without a sound|swallow prey whole", "facial disc", "locate noises"),
        Of("panda", "pandas", "ursid", "mammal", Day, "western China", "misty mountains|bamboo thickets", "bamboo|shoots", "eat for half the day|do handstands to mark trees", "false thumb", "hold stems"),
        Of("pangolin", "pangolins", "pholidotan", "mammal", Night, "Africa and Asia", "tropical forests|grassy plains", "ants|termites", "walk on hind legs|roll into a scaly ball", "overlapping scales", "protect their skin"),
        Of("parrot", "parrots", "psittacine", "bird", Day, "the tropics", "rainforests|clay cliffs", "seeds|nuts|fruit", "imitate human speech|stay with one partner", "hooked bill", "open nuts"),
        Of("pelican", "pelicans", "waterbird", "bird", Day, "warm coasts", "estuaries|harbours", "fish|prawns", "fish in groups|plunge from the air", "throat pouch", "scoop fish"),
        Of("penguin", "penguins", "seabird", "bird", Day, "the southern hemisphere", "icy shores|rocky islands", "krill|fish|squid", "huddle against the wind|balance eggs on their feet", "stiff flippers", "swim at speed"),
        Of("platypus", "platypuses", "monotreme", "mammal", Night, "eastern Australia", "clear streams|river banks", "larvae|crayfish|worms", "lay leathery eggs|hunt with closed eyes", "electric bill", "detect muscles"),
        Of("porcupine", "porcupines", "rodent", "mammal", Night, "North America", "mixed forests|rocky hills", "bark|buds|roots", "rattle as a warning|climb trees for buds", "hollow quills", "repel enemies"),
        Of("puffin", "puffins", "seabird", "bird", Day, "the north Atlantic", "grassy cliffs|cold seas", "sand eels|herring", "nest in burrows|carry many fish at once", "colourful bill", "attract partners"),
        Of("quokka", "quokkas", "marsupial", "mammal", Night, "western Australia", "small islands|coastal scrub", "grass|succulents", "survive without fresh water|sleep under bushes", "short tail", "store fat"),
        Of("raccoon", "raccoons", "procyonid", "mammal", Night, "North America", "wet woodlands|city roofs", "crayfish|acorns|corn", "open simple locks|rinse food before a meal", "sensitive paws", "feel for food"),
        Of("seal", "seals", "pinniped", "mammal", Day, "cold coasts", "ice floes|sandy beaches", "herring|squid", "sleep under water|recognise pups by voice", "long whiskers", "follow fish trails"),
        Of("skunk", "skunks", "mephitid", "mammal", Night, "North America", "farmland|brushy valleys", "grubs|berries|eggs", "stamp before they spray|share winter dens", "scent glands", "repel predators"),
        Of("sloth", "sloths", "xenarthran", "mammal", Night, "Central America", "rainforests|mangroves", "leaves|fruit|shoots", "hang upside down|grow algae in their fur", "hooked claws", "hang from branches"),
        Of("squirrel", "squirrels", "rodent", "mammal", Day, "most forests", "oak woods|town parks", "acorns|pine seeds|fungi", "bury nuts for winter|forget some of their stores", "light tail", "steer while jumping"),
        Of("tortoise", "tortoises", "chelonian", "reptile", Day, "warm islands", "dry valleys|volcanic slopes", "cactus|grass|fruit", "live for more than a century|store water in the body", "domed shell", "block bites"),
        Of("walrus", "walruses", "pinniped", "mammal", Day, "the Arctic", "drifting ice|gravel beaches", "clams|snails", "haul out in thousands|whistle under water", "ivory tusks", "climb on ice"),
        Of("wombat", "wombats", "marsupial", "mammal", Night, "Australia", "cool forests|alpine heath", "grass|moss|roots", "produce cubic droppings|block tunnels with their backs", "tough rump", "stop intruders"),
    ];

    private static readonly Dictionary<string, Animal> ByWord = Index();

    /// <summary>The animal that a lower-case word names, in singular or plural, or null.</summary>
    public static Animal? Named(string word) => ByWord.GetValueOrDefault(word);

    private static Animal Of(
        string name, string plural, string group, string @class, string active, string region,
        string places, string foods, string traits, string organ, string use) =>
        new(name, plural, group, @class, active, region, places.Split('|'), foods.Split('|'), traits.Split('|'), organ, use);

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
