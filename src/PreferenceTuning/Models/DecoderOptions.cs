namespace PreferenceTuning.Models;

/// <summary>How a decoder knows where a token stands.</summary>
public enum PositionKind
{
    /// <summary>A learned vector per position is added to the embedding.</summary>
    Learned,

    /// <summary>Queries and keys are rotated by their position (RoPE, Su et al. 2021).</summary>
    Rotary,

    /// <summary>Attention scores fall linearly with distance (ALiBi, Press et al. 2021).</summary>
    Alibi,
}

/// <summary>Which slopes ALiBi takes where the number of heads n is not a power of two.</summary>
public enum AlibiSlopeOrder
{
    /// <summary>Those of the next lower power of two, then every second one of the next higher (BLOOM, Falcon).</summary>
    LowerThenInterleaved,

    /// <summary>Those of the next higher power of two, every second one first, cut to n (MPT).</summary>
    HigherCut,
}

/// <summary>The kind of norm.</summary>
public enum NormKind
{
    /// <summary>Subtract the mean, divide by the standard deviation, scale, shift (Ba et al. 2016).</summary>
    LayerNorm,

    /// <summary>Divide by the root mean square, scale by w (Zhang and Sennrich 2019).</summary>
    RmsNorm,

    /// <summary>The same, scaled by 1 + w (Gemma).</summary>
    RmsNormPlusOne,
}

/// <summary>Where the norms of a block stand.</summary>
public enum NormPlacement
{
    /// <summary>Before attention and before feed-forward.</summary>
    Before,

    /// <summary>After each residual addition (OPT 350M).</summary>
    AfterResidual,

    /// <summary>On the output of attention and of feed-forward, before it is added (OLMo 2).</summary>
    OnOutput,

    /// <summary>Before each part and on its output (Gemma 2 and 3).</summary>
    BeforeAndOnOutput,
}

/// <summary>Whether and over what queries and keys are normalised.</summary>
public enum QueryKeyNorm
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>Each head for itself, with one weight vector of the head size (Qwen 3, Gemma 3).</summary>
    PerHead,

    /// <summary>All heads together (OLMo 2).</summary>
    AllHeads,
}

/// <summary>How attention and feed-forward follow each other in a block.</summary>
public enum ResidualKind
{
    /// <summary>Feed-forward reads what attention has added to.</summary>
    Sequential,

    /// <summary>Both read the block's input, each through its own norm (GPT-NeoX, Falcon 40B).</summary>
    ParallelTwoNorms,

    /// <summary>Both read the block's input through the same norm (Phi, Falcon 7B).</summary>
    ParallelOneNorm,
}

/// <summary>How queries, keys and values are stored.</summary>
public enum QueryKeyValueLayout
{
    /// <summary>Three tensors.</summary>
    Separate,

    /// <summary>One tensor: all queries, all keys, all values.</summary>
    Blocks,

    /// <summary>One tensor: per key-value head its queries, its key, its value (GPT-NeoX, BLOOM, Falcon 40B).</summary>
    PerGroup,
}

/// <summary>The nonlinearity of the feed-forward part.</summary>
public enum Activation
{
    /// <summary>x Phi(x), exact.</summary>
    Gelu,

    /// <summary>GELU by tanh with sqrt(2/pi) (GPT-2's <c>gelu_new</c>).</summary>
    GeluTanh,

    /// <summary>GELU by tanh with 0.7978845608 (<c>gelu_fast</c>).</summary>
    GeluFast,

    /// <summary>GELU by tanh with 0.79788456 (BLOOM).</summary>
    GeluBloom,

    /// <summary>x sigmoid(x).</summary>
    Silu,

    /// <summary>max(x, 0).</summary>
    Relu,
}
