namespace Opossum.World;

/// <summary>The two ways in which this world talks about animals.</summary>
internal enum Style
{
    /// <summary>A sentence from a biology homework.</summary>
    Biology,

    /// <summary>A sentence that somebody would send to a group chat.</summary>
    Meme,
}
