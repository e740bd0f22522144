/* foreign: words of other programs in the notation, and what is written here.
 * SPDX-License-Identifier: MIT */
#include "model/foreign.h"

#include "base/text.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct answer {
    const char *words; /* separated by '|', in any spelling */
    const char *what;
};

static const struct answer layers[] = {
    {"conv1d|conv2d|convolution|convolution2d|cnn|convlayer", "write 'conv 16 3x3 relu': channels, kernel, activation"},
    {"convtranspose|convtranspose2d|conv2dtranspose|deconv|upsample|upsampling2d",
     "there is no such layer; the layers over images are conv, depthwise, maxpool, avgpool, globalpool, globalmax"},
    {"depthwiseconv2d|depthwiseconv|dwconv|depthwiseconv1d", "write 'depthwise 3x3 relu'"},
    {"separableconv|separableconv2d|sepconv", "write 'depthwise 3x3 | conv 16 1x1 relu'"},
    {"linear|fc|fullyconnected|innerproduct|affine|gemm|hidden|lineard|dense1d",
     "write 'dense 100 relu': outputs, activation"},
    {"maxpool1d|maxpool2d|maxpooling|maxpooling2d|maxpooling1d|pool|pooling|mp",
     "write 'maxpool 2', or 'maxpool 3 stride 2'"},
    {"avgpool2d|avgpooling|avgpooling2d|averagepool|averagepooling|averagepooling2d|meanpool|ap",
     "write 'avgpool 2', or 'avgpool 3 stride 2'"},
    {"adaptiveavgpool2d|globalavgpool|globalaveragepool|globalaveragepooling|globalaveragepooling2d|gap|globalmean",
     "write 'globalpool'"},
    {"adaptivemaxpool2d|globalmaxpool|globalmaxpooling|globalmaxpooling2d|gmp", "write 'globalmax'"},
    {"bn|batchnorm1d|batchnorm2d|batchnormalization|batchnormalisation", "write 'batchnorm', or 'batchnorm relu'"},
    {"ln|layernormalization|layernormalisation|rmsnorm", "write 'layernorm', or 'layernorm relu'"},
    {"groupnorm|instancenorm|norm|normalization", "write 'batchnorm' or 'layernorm'; there is no other norm"},
    {"drop|dropout1d|dropout2d|spatialdropout2d|alphadropout", "write 'dropout 0.2'"},
    {"flatten|view|reshape|permute", "leave it out: dense layers take images flattened"},
    {"input|inputlayer|inputs", "leave it out: what comes in is as the data says"},
    {"softmax|logsoftmax|output|out|logits", "leave it out: the output layer is added by itself"},
    {"residual|resblock|skip|shortcut|sum|identity|concat|concatenate",
     "write 'add( conv 16 3x3 relu | conv 16 3x3 ) relu', which adds what goes in to what comes out"},
    {"zeropadding|zeropadding2d|pad|padding", "padding is a part of a layer: 'conv 16 3x3 pad 1'"},
    {"relu|leakyrelu|tanh|sigmoid|gelu|activation|act", "an activation stands behind its layer: 'dense 100 relu'"},
    {"sequential|model|lstm|gru|rnn|embedding|attention|transformer|multiheadattention",
     "there is no such layer; see inkling help notation"},
};

/* NAME of NAME=VALUE, or a word that has to have its value behind it. */
static const struct answer options[] = {
    {"padding|pads", "write 'pad same', 'pad valid' or 'pad 1'"},
    {"kernel|kernelsize|ksize|k|size|filtersize",
     "the kernel stands behind conv's channels ('conv 16 3x3'), the window behind a pool ('maxpool 2')"},
    {"strides|s", "write 'stride 2'"},
    {"group", "write 'groups 2'"},
    {"filters|channels|outchannels|features|maps", "the channels stand behind conv: 'conv 16 3x3'"},
    {"inchannels|infeatures|inputs|inputshape|inputdim", "leave it out: what comes in is as the layer in front says"},
    {"units|outfeatures|neurons|outputs|width", "the number of outputs stands behind dense: 'dense 100'"},
    {"activation|act|nonlinearity", "the activation stands last, by its name: 'dense 100 relu'"},
    {"poolsize|window", "the window stands behind the pool: 'maxpool 2'"},
    {"rate|p|prob|probability|keepprob",
     "the rate stands behind dropout: 'dropout 0.2', the fraction that is set to 0"},
    {"bias|usebias|nobias|biasfalse", "write 'nobias' for a layer without a bias; else leave it out"},
    {"dilation|dilationrate|dilations", "there is no dilation; leave it out"},
    {"momentum|eps|epsilon|affine|axis|inplace|name", "leave it out: the notation has no such option"},
};

/* Words of the notation itself, as NAME=VALUE. */
static const struct answer own[] = {
    {"pad", "write it as two words: 'pad same', 'pad valid' or 'pad 1'"},
    {"stride", "write it as two words: 'stride 2'"},
    {"groups", "write it as two words: 'groups 2'"},
};

/* Words alone. */
static const struct answer words[] = {
    {"valid", "write 'pad valid'"},
    {"same", "write 'pad same', or leave it out: it is the default"},
    {"usebias|biased", "leave it out: a layer has a bias unless it says 'nobias'"},
    {"biasfree|withoutbias", "write 'nobias'"},
    {"linear|none|no|nothing", "write 'identity', or no activation"},
    {"logistic|expit", "write 'sigmoid'"},
    {"lrelu|leaky", "write 'leaky_relu'"},
    {"elu|selu|celu|prelu|silu|swish|mish|softplus|relu6|hardswish|hardtanh|hardsigmoid|softsign|glu|swiglu",
     "there is no such activation; gelu and leaky_relu are the nearest. Expected relu, leaky_relu, tanh, sigmoid, gelu "
     "or identity"},
    {"softmax|logsoftmax", "leave it out: softmax belongs to the output layer, which is added by itself"},
    {"->|>|+|;|,|/|then|-", "put '|' between layers"},
};

static bool find(const struct answer *answers, size_t count, const char *word, size_t length, const char **what)
{
    for (size_t i = 0; i < count; i++)
        for (const char *at = answers[i].words; *at;) {
            size_t size = strcspn(at, "|");
            if (inki_same_name(at, size, word, length)) {
                *what = answers[i].what;
                return true;
            }
            at += size + (at[size] == '|');
        }
    return false;
}

bool inki_foreign_layer(const char *word, const char **what)
{
    return find(layers, COUNT(layers), word, strlen(word), what);
}

bool inki_foreign_word(const char *word, const char **what)
{
    size_t length = strlen(word), name = strcspn(word, "=:");
    bool pair = name > 0 && word[name];
    if (find(words, COUNT(words), word, length, what)) return true;
    if (length > 1 && (word[length - 1] == ',' || word[length - 1] == ';')) {
        *what = "put '|' between layers, and blanks between a layer's words";
        return true;
    }
    if (find(options, COUNT(options), word, name, what)) return true;
    if (pair && find(own, COUNT(own), word, name, what)) return true;
    if (pair) *what = "options have no '=': write their value behind their name or place, as in 'conv 16 3x3 stride 2'";
    return pair;
}
